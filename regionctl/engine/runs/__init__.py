"""A run of Pulumi's engine on a stack: what it needs, what it reports, how it fails."""
