"""What is kept of a stack, on this disk or in a bucket: its state, its locks, and notes beside them."""
