"""Cloudflare's ways to say no: a code of its own and a message, in a JSON document.

Codes and messages are those that the API answers, as its documentation, the providers' and wrangler's issue reports
show them; where none is known to us, the code is the HTTP status.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final

from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.faults import Verb

_METHODS: Final = {Verb.CREATE: "POST", Verb.READ: "GET", Verb.UPDATE: "PUT", Verb.DELETE: "DELETE"}

# What the core says for every provider, in Cloudflare's words.
_CORE: Final = {
    # https://developers.cloudflare.com/fundamentals/api/reference/limits/
    "rateLimitExceeded": (971, "Please wait and consider throttling your request speed"),
    "quotaExceeded": (403, "The quota of your plan is exceeded."),
    "backendError": (7010, "Service temporarily unavailable"),
    "notFound": (404, "Resource not found."),
}


def refusal(code: int, message: str, status: int = 400) -> CloudError:
    """An error of the API."""
    return CloudError(status, str(code), message)


def explain(verb: Verb, error: CloudError) -> str:
    """The whole message, as the provider 5.22 gives what its client library answers."""
    code, message = _CORE.get(error.reason, (error.reason, error.message))
    number = int(code) if str(code).isdigit() else error.status
    document = json.dumps({"success": False, "errors": [{"code": number, "message": message}]})
    return f"failed to make http request: {_METHODS[verb]}: {error.status} {HTTPStatus(error.status).phrase} {document}"
