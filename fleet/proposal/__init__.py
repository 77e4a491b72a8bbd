"""A region's YAML from what an export says exists: each value with the place where it was read."""
