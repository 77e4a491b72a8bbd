"""The emulated Google Cloud: a folder a service, each with a table (`facts.json`) and its emulations (`resources.py`)."""
