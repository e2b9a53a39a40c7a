"""The colours of up and down. Colour is never the only sign: a mark or a sign stands beside it."""

from dataclasses import dataclass
from enum import StrEnum

from tui.words import Tone


class Colours(StrEnum):
    """Which colours stand for up and down."""

    BLUE_ORANGE = "blue-orange"
    GREEN_RED = "green-red"
    RED_GREEN = "red-green"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a screen, as rich styles."""

    up: str
    down: str

    @classmethod
    def of(cls, colours: Colours) -> "Palette":
        """Return the palette of a choice; blue and orange are told apart without colour vision, too."""
        pairs = {
            Colours.BLUE_ORANGE: ("#5fafff", "#ffaf5f"),
            Colours.GREEN_RED: ("#5fd787", "#ff8787"),
            Colours.RED_GREEN: ("#ff8787", "#5fd787"),
            Colours.NONE: ("bold", "italic"),
        }
        return cls(*pairs[colours])

    def style(self, tone: Tone) -> str:
        """Return the style of a tone."""
        return {Tone.PLAIN: "", Tone.UP: self.up, Tone.DOWN: self.down, Tone.LATE: "bold reverse", Tone.DIM: "dim"}[tone]
