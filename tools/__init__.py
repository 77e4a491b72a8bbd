"""Programs for who works on the project; nothing of it is imported by the product."""
