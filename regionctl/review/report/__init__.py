"""A change in words: as lines, and as Markdown for a pull request.

    step_lines(step, steps), summary_line(steps)    what happens to a resource, and to how many
    answers(blast)                                  which stacks and data are touched, and how long what is gone
    preview(plans, tokens, source)                  a comment within GitHub's limit
    full_preview(plans, tokens, source)             every stack, every line

Nothing here prints. Names and values are foreign text: a terminal's view makes them fit for it, Markdown is.
"""

from __future__ import annotations

from .change import Answer, answers, limits_of_revision, limits_of_state, title, unchanged
from .lines import Line, shown_steps, step_lines, summary_line
from .preview import LIMIT, MARKER, Source, full_preview, preview

__all__ = [
    "LIMIT",
    "MARKER",
    "Answer",
    "Line",
    "Source",
    "answers",
    "full_preview",
    "limits_of_revision",
    "limits_of_state",
    "preview",
    "shown_steps",
    "step_lines",
    "summary_line",
    "title",
    "unchanged",
]
