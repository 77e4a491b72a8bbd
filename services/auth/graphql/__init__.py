"""What regions ask of auth, by GraphQL. `schema.graphql` beside this package is generated from these types."""
