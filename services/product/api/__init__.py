"""REST for the page and for API keys: `python -m product.api`."""
