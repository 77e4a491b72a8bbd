"""Reusable Pulumi components: plain typed arguments in, typed outputs out."""
