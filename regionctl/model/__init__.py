"""The words that every part of the tool uses: stacks, plans, declarations, errors, property paths."""
