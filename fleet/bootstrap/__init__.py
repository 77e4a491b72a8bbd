"""A fleet from nothing to a working environment: what is asked of it in the end."""
