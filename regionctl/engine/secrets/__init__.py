"""The secrets in a stack's config, and what encrypts them."""
