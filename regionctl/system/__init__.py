"""Files that are written whole or not at all, processes a stack, and the shape of what somebody may have damaged."""
