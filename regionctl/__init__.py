"""The tool: it renders, plans, applies and checks Pulumi programs, and knows nothing about any company."""
