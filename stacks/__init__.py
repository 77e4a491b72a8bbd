"""The programs: specs and secrets in, components composed, outputs out."""
