"""What a fleet and its regions are: specs, names and addresses, from YAML."""
