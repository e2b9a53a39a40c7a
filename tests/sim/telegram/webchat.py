"""The chat as a page for a browser: what the bot wrote and what was written to it, buttons to press, commands to write.

The page asks `/chat/updates?after=N`, which answers at once when something changed after change N and waits for it otherwise.
"""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from tests.sim.journal import Entry
from tests.sim.telegram.chats import Sent
from tests.sim.wire.http import Request, Response, json_response

if TYPE_CHECKING:
    from tests.sim.telegram.server import TelegramSim

PATIENCE = 20.0  # seconds that an answer waits for news
LONGEST_TEXT = 4096
_HERE = ("127.0.0.1", "localhost")
_FOLDER = Path(__file__).parent / "web"
_FILES = {"": ("chat.html", "text/html"), "chat.css": ("chat.css", "text/css"), "chat.js": ("chat.js", "text/javascript")}
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}
_SAFE = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def asked_from_here(request: Request) -> bool:
    """Tell whether no page of another site asks: not under a name of its own that leads here, and not from its own origin."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    return urlsplit(f"//{host}").hostname in _HERE and origin in (None, f"http://{host}")


class WebChat:
    """The page of the first chat."""

    def __init__(self, sim: "TelegramSim") -> None:
        self._sim = sim
        self._mine: list[dict[str, Any]] = []
        self._changes: dict[int, int] = {}  # the newest change of each message
        self._answers: list[tuple[int, dict[str, Any]]] = []
        self._newest = 0  # of all changes
        sim.journal.listen(self._note)

    @property
    def _chat_id(self) -> int:
        return self._sim.chat_ids[0]

    def _note(self, entry: Entry) -> None:
        """Remember which message an entry of the journal is about."""
        change = int(str(entry["seq"]))
        if entry["kind"] == "said" and entry["chat_id"] == self._chat_id:
            self._newest = change
            self._mine.append({**entry, "change": change})
        elif entry["kind"] == "call" and entry["ok"]:
            self._note_call(entry, change)

    def _note_call(self, entry: Any, change: int) -> None:
        parameters, result = entry["parameters"], entry["result"]
        if entry["method"].lower() == "answercallbackquery":
            self._newest = change
            self._answers.append((change, {"text": str(parameters.get("text") or "")}))
        number = result.get("message_id") if isinstance(result, dict) else parameters.get("message_id")
        if number is not None and str(parameters.get("chat_id")) == str(self._chat_id):
            self._newest = self._changes[int(str(number))] = change

    async def answer(self, request: Request) -> Response:
        """Answer a request of the page."""
        name = request.path.removeprefix("/chat").removeprefix("/")
        if request.method == "POST":
            return self._act(name, request)
        if name == "updates":
            after = request.query.get("after", "0")
            return await self._updates(int(after) if after.isdecimal() else 0)
        if name.startswith("file/"):
            return self._file(name.removeprefix("file/"))
        if name not in _FILES:
            return Response(404, b"not found", "text/plain", _SAFE)
        file, kind = _FILES[name]
        return Response(200, (_FOLDER / file).read_bytes(), f"{kind}; charset=utf-8", _SAFE)

    def _act(self, name: str, request: Request) -> Response:
        """Do what a person did. Only JSON is taken, which a page of another site cannot send without asking first."""
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return Response(415, b"expected application/json", "text/plain", _SAFE)
        try:
            body = orjson.loads(request.body)
            if name == "say":
                self._say(str(body["text"]))
            elif name == "press":
                self._sim.press(self._chat_id, str(body["data"]), message_id=int(body["message_id"]))
            elif name == "language":
                self._speak(str(body["language"]))
            else:
                return Response(404, b"not found", "text/plain", _SAFE)
        except (ValueError, KeyError, TypeError) as error:
            return Response(400, f"{type(error).__name__}: {error}".encode(), "text/plain; charset=utf-8", _SAFE)
        return json_response({"ok": True}, headers=_SAFE)

    def _say(self, text: str) -> None:
        if not 1 <= len(text.strip()) <= LONGEST_TEXT:
            raise ValueError(f"expected 1 to {LONGEST_TEXT} characters")
        self._sim.say(self._chat_id, text.strip())

    def _speak(self, language: str) -> None:
        """Change the language of the person's Telegram, and of the bot's messages."""
        if language not in ("en", "ru"):
            raise ValueError("expected en or ru")
        self._sim.chats.known[self._chat_id].language = language
        self._say(f"/settings language {language}")

    async def _updates(self, after: int) -> Response:
        """Return what changed after a change; wait for it when there is nothing yet."""
        with contextlib.suppress(TimeoutError):
            await self._sim.journal.until(lambda: self._newest > after, PATIENCE)
        messages = [one for one in self._messages() if one["change"] > after]
        news = {
            "next": self._newest,
            "language": self._sim.chats.known[self._chat_id].language,
            "commands": self._sim.methods.commands,
            "messages": messages,
            "answers": [answer for change, answer in self._answers if 0 < after < change],
        }
        return json_response(news, headers=_SAFE)

    def _messages(self) -> list[dict[str, Any]]:
        theirs = [_message(sent, self._changes[sent.message_id]) for sent in self._sim.sent if sent.message_id in self._changes]
        mine = [
            {
                "message_id": one["message_id"], "change": one["change"], "mine": True, "text": one["text"], "wall": one["wall"],
                "entities": [], "buttons": [], "keyboard": None, "file": "", "edited": False, "deleted": False,
            }
            for one in self._mine
        ]  # fmt: skip
        return sorted([*theirs, *mine], key=lambda one: int(one["message_id"]))

    def _file(self, file_id: str) -> Response:
        """Return a picture, or anything else as a file to keep: a browser shows nothing that it might run."""
        content = self._sim.methods.files.get(file_id)
        if content is None:
            return Response(404, b"not found", "text/plain", _SAFE)
        kind = _picture_kind(content)
        if kind is None:
            return Response(200, content, "application/octet-stream", {**_SAFE, "Content-Disposition": "attachment"})
        return Response(200, content, kind, _SAFE)


def _picture_kind(content: bytes) -> str | None:
    return next((kind for start, kind in _PICTURES.items() if content.startswith(start)), None)


def _message(sent: Sent, change: int) -> dict[str, Any]:
    markup: dict[str, Any] = sent.markup or {}
    keyboard = [] if markup.get("remove_keyboard") else markup.get("keyboard")
    return {
        "message_id": sent.message_id, "change": change, "mine": False, "text": sent.text, "wall": sent.wall,
        "entities": sent.entities, "buttons": markup.get("inline_keyboard", []),
        "keyboard": keyboard and [[key if isinstance(key, dict) else {"text": key} for key in row] for row in keyboard],
        "file": sent.file_id, "picture": _picture_kind(sent.photo) is not None, "edited": sent.edits > 0, "deleted": sent.deleted,
    }  # fmt: skip
