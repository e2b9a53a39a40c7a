"""The dashboard over numbers made up for it, as a process of its own: `python -m tests.integration.tui.served`."""

from tests.unit.tui.panes import NOW, Reader
from tui.app import Dashboard

if __name__ == "__main__":
    Dashboard(Reader(), now=lambda: NOW).run()
