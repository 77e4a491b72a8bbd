"""A reference product that runs in one region: API, sync engine, background worker. It knows no other region."""
