"""Live changes of a workspace over a WebSocket: `python -m product.sync`. On the wire: docs/services/sync.md.

hints (Redis) --+
poll of heads --+-> hub -> a channel a workspace -> a session a socket
                           (reads the log once)     (sends at its client's pace)
"""
