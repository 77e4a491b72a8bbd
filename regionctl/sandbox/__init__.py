"""The emulated clouds: a Pulumi resource provider that behaves as Google Cloud does, without one.

serve, __main__       a process that Pulumi's engine attaches to
server                gRPC to and from the core
wire                  property values to and from plain ones, secrets marked
schema, rules         what the provider's SDK says about a type, and what a table adds
check                 which inputs are refused: coercion, constraints and groups hold its rules, defaults what it adds
diff                  what a change does: diff_sdk for Google, diff_framework for Cloudflare, comparisons for both
operations            create, read, update, delete, for every provider alike
emulation, provider   what a type and a provider declare
store, faults         the clouds on disk, and what goes wrong in them
clouds                the same clouds for people: list, show, edit, reset
vault                 the few secrets that a cloud must know again
gcp/                  Google Cloud: a folder a service
cloudflare/           Cloudflare: a module a part of it
"""
