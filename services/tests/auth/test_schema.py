"""The committed schema is the one that the types give."""

from __future__ import annotations

from graphql import GraphQLNamedType, GraphQLObjectType, GraphQLUnionType, build_schema, get_named_type

from auth.graphql.__main__ import SDL_FILE, sdl


def test_the_committed_schema_is_generated_from_the_types() -> None:
    assert SDL_FILE.read_text() == sdl(), "run `python -m auth.graphql` in services/"


def test_no_type_leads_back_to_itself() -> None:
    """So that a question cannot be deep: its tokens are the only limit that it needs."""
    schema = build_schema(SDL_FILE.read_text())

    def depth(kind: GraphQLNamedType, above: tuple[str, ...]) -> int:
        assert kind.name not in above
        if isinstance(kind, GraphQLUnionType):
            return max(depth(member, above) for member in kind.types)
        if not isinstance(kind, GraphQLObjectType):
            return 0
        return 1 + max(depth(get_named_type(field.type), (*above, kind.name)) for field in kind.fields.values())

    assert schema.query_type is not None
    assert schema.mutation_type is not None
    assert max(depth(kind, ()) for kind in (schema.query_type, schema.mutation_type)) == 4
