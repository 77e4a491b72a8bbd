"""The emulated clouds: Pulumi resource providers that the engine attaches to."""
