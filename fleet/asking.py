"""Questions of a run to a person. Whoever calls a run says who answers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from regionctl.model.errors import RegionctlError


class NotConfirmed(RegionctlError):
    """Nobody can be asked, and `--yes` was not given."""

    def __init__(self) -> None:
        super().__init__("there is no terminal to ask on", hint="give --yes to go on without being asked")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who answers. `yes`: the answer to every question was given before. `can_answer`: whether anybody is there."""

    yes: bool
    can_answer: Callable[[], bool]
    confirms: Callable[[str], bool]  # a question
    types: Callable[[str], str]  # what is to be typed, as a sentence

    def must_be_able_to_answer(self) -> None:
        """Raises NotConfirmed at once, before any work is done."""
        if not self.yes and not self.can_answer():
            raise NotConfirmed

    def agrees(self, question: str) -> bool:
        return self.yes or self.confirms(question)
