"""A change as somebody reviews it: two revisions compared, the plans of many stacks as one, a plan kept in a file."""
