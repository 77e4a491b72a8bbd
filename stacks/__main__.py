"""The entry point that Pulumi's own CLI runs: `pulumi preview -s prod.eu-west`."""

import pulumi

from stacks.programs import run_stack

run_stack(pulumi.get_stack())
