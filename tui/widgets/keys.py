"""The line of keys at the bottom of a screen."""

from typing import Any

from textual.screen import Screen
from textual.widgets import Footer


class KeysLine(Footer):
    """The keys that can be pressed, each of them to be clicked as well.

    The library lays them out anew at each change of the screen and never lets go of the old ones, so this is done only when they
    are other keys.
    """

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)
        self._laid_out: tuple[tuple[str, str, bool], ...] = ()

    def bindings_changed(self, screen: Screen[Any]) -> None:
        """Lay out the keys if they are others than before."""
        if not (screen.app.app_focus and self.is_attached and screen is self.screen):
            return
        shown = (active for active in screen.active_bindings.values() if active.binding.show)
        keys = tuple((active.binding.key, active.binding.description, active.enabled) for active in shown)
        if keys != self._laid_out:
            self._laid_out = keys
            super().bindings_changed(screen)
