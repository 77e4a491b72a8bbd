"""The emulated Cloudflare: a module a part of the cloud with its emulations; their table is in `providers/cloudflare/`.

provider              what the core asks of a provider
refusals, formats     how the API says no, what its values look like
ids                   what it hands out, and how what is referred to is found
workers, kv, routing  scripts with their bindings; namespaces; where a script answers
dns, rulesets, zones, certificates
deployed              a Worker as it was deployed, to run it
"""
