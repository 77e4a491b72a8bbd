"""What is known of the providers' resource types: their schema, what is refused, what a change replaces."""
