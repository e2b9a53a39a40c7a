"""The chat of a running demo as a phone shows it: `python -m tests.phone docs/images/chat.png`.

Start `make demo` first, in the same folder. The picture is of the first signal that came with a chart. It needs Chromium.
"""

import argparse
import tempfile
from pathlib import Path

from functions.operations.desks import demo_place, file_of
from functions.settings import Settings
from tests.browser import PHONE, Browser, browser

SHARP = 2.0  # pixels of the picture in one of the phone
_SIGNALS = (
    "[...document.querySelectorAll('article')].filter(e => e.querySelector('img')?.naturalWidth && e.querySelector('.row'))"
)


def signal_on_a_phone(page: Browser, chat: str) -> bytes:
    """Return the first signal in a chat as PNG, in a page that is as high as the signal is long."""
    page.open(chat)
    page.until(f"{_SIGNALS}.length", "a signal with its chart has come", 180)
    around = "document.querySelector('header').offsetHeight + document.querySelector('footer').offsetHeight + 24"
    page.resize(PHONE[0], int(page.evaluate(f"Math.ceil({_SIGNALS}[0].offsetHeight + {around})")), SHARP)
    page.evaluate(f"{_SIGNALS}[0].scrollIntoView({{block: 'center'}})")
    page.evaluate("new Promise(resolve => setTimeout(resolve, 500))")  # until the arrow of unread messages is drawn
    return page.screenshot()


def main() -> None:
    """Take the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    settings = Settings.load(file_of(demo_place() / "desk"))
    with tempfile.TemporaryDirectory(prefix="quorum-phone-") as folder, browser(Path(folder), *PHONE, SHARP) as page:
        options.file.write_bytes(signal_on_a_phone(page, f"{settings.telegram_api_url}/chat"))


if __name__ == "__main__":
    main()
