"""What Cloudflare's identifiers, names and patterns look like."""

from __future__ import annotations

from typing import Final

from regionctl.providers.patterns import Pattern, Rule

_LABEL: Final = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_HOST: Final = rf"(?=.{{1,255}}$)({_LABEL}\.)+{_LABEL}"

# https://developers.cloudflare.com/fundamentals/account/find-account-and-zone-ids/
HEX_ID: Final = Pattern(pattern=r"[0-9a-f]{32}", text="an id of 32 hexadecimal digits")
HOSTNAME: Final = Pattern(pattern=_HOST, text="a host name without a dot at its end, like app.example.com")
# https://developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types/
RECORD_NAME: Final = Pattern(
    pattern=rf"(\*\.)?{_HOST}|@|\*|{_LABEL}", text="a record's name, in full and without a dot at its end"
)
# https://developers.cloudflare.com/workers/platform/limits/#worker-limits and what the API says with code 10016
SCRIPT_NAME: Final = Pattern(
    pattern=r"[a-z0-9_][a-z0-9-_]{0,62}",
    text="at most 63 lower-case letters, digits, underscores and dashes, not beginning with a dash",
)
# https://developers.cloudflare.com/workers/configuration/compatibility-dates/
DATE: Final = Pattern(pattern=r"\d{4}-\d{2}-\d{2}", text="a date like 2026-04-01")
# https://developers.cloudflare.com/workers/configuration/routing/routes/#matching-behavior
ROUTE: Final = Pattern(
    pattern=r"(https?://)?\*?[^*/?#\s:]*[^*/?#\s:.](/[^*?#\s]*\*?)?",
    text="a route with `*` only before the host name or at the end of the path, and without a query",
)
# https://developers.cloudflare.com/kv/platform/limits/
KV_TITLE: Final = Rule(accepts=lambda value: 0 < len(value.encode()) <= 512, text="a title of 1 to 512 bytes")
KV_KEY: Final = Rule(
    accepts=lambda value: value not in {"", ".", ".."} and len(value.encode()) <= 512,
    text="a key of 1 to 512 bytes that is neither `.` nor `..`",
)
