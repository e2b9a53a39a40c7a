"""Strangers' words between a marker that they cannot know, and answers that give away that they were obeyed.

Datamarking (Hines and others 2024, "Defending Against Indirect Prompt Injection Attacks With Spotlighting"): every space of the
text is the marker, so that no part of it looks like instructions. A plain delimiter before and behind it is weaker.
"""

import re
from functools import lru_cache
from secrets import token_hex

_RUN = 8  # words of the instructions in a row that no honest answer repeats
_WORD = re.compile(r"\w+")


def new_marker() -> str:
    """Return a marker for one call; nobody who writes a headline can guess it."""
    return f"^{token_hex(4)}^"


def marked(text: str, marker: str) -> str:
    """Return a text with the marker in place of each space."""
    return marker.join(text.split())


def gives_away(answer: str, marker: str, instructions: str) -> str:
    """Return in a few words why an answer is thrown away: it repeats the marker or the instructions; empty when it does not.

    Args:
        answer: as it came and as it reads: a marker may be written in JSON's escapes.
        marker: of this call.
        instructions: of this call.
    """
    if marker.strip("^").casefold() in answer.casefold():
        return "it repeats the marker"
    return "it repeats the instructions" if _runs(instructions) & _runs(answer) else ""


@lru_cache(maxsize=8)
def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return frozenset(tuple(words[place : place + _RUN]) for place in range(len(words) - _RUN + 1))
