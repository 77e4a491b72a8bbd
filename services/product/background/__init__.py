"""What is no part of a request: `python -m product.background`.

feed        what auth says, by its cursor: the truth, polled whatever messages come
applying    a record of auth into this database
outbox      this database's shared facts, and its deletions, to auth
sweeping    rows and files of what is gone
messages    hints, which wake the feed; deliveries, which are handled once
"""
