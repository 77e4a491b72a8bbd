"""Writes every inventory anew: `python -m tests.inventories`."""

from __future__ import annotations

from tests.inventories import FOLDER, all_programs, file_of, inventory

for old in FOLDER.glob("*.txt"):
    old.unlink()
for stack, program in all_programs().items():
    file_of(stack).write_text(inventory(program))
