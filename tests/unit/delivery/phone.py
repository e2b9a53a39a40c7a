"""A signal as it comes to a phone: `python -m tests.unit.delivery.phone docs/images/phone.png` takes a picture of the chat page.

The message is rendered by the desk's own code and sent to the simulated Telegram; the picture in it is docs/images/signal.png.
It needs Chromium.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from functions.delivery.messages.texts.signals import signal
from functions.delivery.messages.words import Words
from functions.settings import CHECKOUT
from tests.browser import PHONE, browser
from tests.sim import DEFAULT_CHAT, InThread, TelegramSim
from tests.unit.delivery.making import signal_payload

LEVELS: dict[str, Any] = {
    "entry": "30171.6",
    "stop": "27745.2",
    "targets": ["31870.1", "35024.4", "39877.2"],
}  # those of the picture
HEIGHT = 1090  # CSS pixels, so that the whole message is seen
LAST = "[...document.querySelectorAll('article')].at(-1)"


def take(target: Path) -> None:
    """Write the picture."""
    message = signal(signal_payload(**LEVELS), Words())
    rows = [[{"text": button.text, "callback_data": button.data} for button in message.buttons[at : at + 2]] for at in (0, 2)]
    sent = {
        "chat_id": DEFAULT_CHAT,
        "caption": message.caption,
        "parse_mode": "HTML",
        "reply_markup": json.dumps({"inline_keyboard": rows}),
    }
    sim, picture = TelegramSim(), (CHECKOUT / "docs" / "images" / "signal.png").read_bytes()
    with InThread(sim), TemporaryDirectory() as folder, browser(Path(folder), PHONE[0], HEIGHT, scale=2) as page:
        bot = f"{sim.url}/bot{sim.token}"
        httpx.post(f"{bot}/sendPhoto", data=sent, files={"photo": ("chart.png", picture)}, timeout=30).raise_for_status()
        page.open(f"{sim.url}/chat")
        page.until(f"{LAST}?.querySelector('img')?.naturalWidth > 0", "the picture is seen")
        target.write_bytes(page.screenshot())


if __name__ == "__main__":
    take(Path(sys.argv[1]))
