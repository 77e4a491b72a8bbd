"""Everything together: the real Worker, auth, two regions with all of their programs, and what they stand on."""
