"""The emulated Google Cloud: a folder a service with a table, `facts.json`, and emulations, `resources.py`."""
