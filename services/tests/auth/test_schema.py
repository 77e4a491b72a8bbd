"""The committed schema is the one that the types give."""

from __future__ import annotations

from auth.graphql.__main__ import SDL_FILE, sdl


def test_the_committed_schema_is_generated_from_the_types() -> None:
    assert SDL_FILE.read_text() == sdl(), "run `python -m auth.graphql` in services/"
