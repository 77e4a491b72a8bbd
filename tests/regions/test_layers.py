import subprocess
import sys

LOADED_BY_REGIONS = """
import sys
import regions.load, regions.names, regions.addresses
print([name for name in sys.modules if name.split('.')[0] in ('pulumi', 'pulumi_gcp', 'pulumi_cloudflare', 'grpc',
    'stacks', 'components', 'cli', 'rich', 'typer')])
"""


def test_reading_specs_loads_neither_pulumi_nor_any_program() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED_BY_REGIONS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
