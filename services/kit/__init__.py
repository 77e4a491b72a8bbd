"""What auth and the product share, and a company would keep: settings, database, migrations, messages, web parts."""
