"""What the services share and a company would keep: settings, database, migrations, messages, verification."""
