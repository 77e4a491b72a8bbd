"""Pulumi's CLI: where it is, how it gets there, how it is run."""
