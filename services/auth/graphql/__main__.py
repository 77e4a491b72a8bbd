"""`python -m auth.graphql` writes `auth/schema.graphql` again."""

from __future__ import annotations

from pathlib import Path

from auth.graphql.schema import make_schema

SDL_FILE = Path(__file__).parent.parent / "schema.graphql"


def sdl() -> str:
    return make_schema().as_str() + "\n"


if __name__ == "__main__":
    SDL_FILE.write_text(sdl())
