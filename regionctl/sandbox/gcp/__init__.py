"""The emulated Google Cloud: a module a service with its emulations; their tables are in `providers/gcp/`."""
