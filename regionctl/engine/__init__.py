"""Pulumi's engine, behind a small typed interface."""
