"""A run over a fleet, and every question about one: the command line asks here and prints what it gets."""
