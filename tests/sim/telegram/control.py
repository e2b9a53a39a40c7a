"""Orders to the simulated Telegram, the same from Python and over HTTP (`/_sim/...`)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import orjson

from tests.sim.faults import Fault
from tests.sim.telegram.chats import Sent
from tests.sim.wire.http import Request, Response, json_response

if TYPE_CHECKING:
    from tests.sim.telegram.server import TelegramSim

Options = dict[str, object]


class TelegramControl:
    """Carries out orders."""

    def __init__(self, sim: "TelegramSim") -> None:
        self._sim = sim
        self._orders: dict[str, Callable[[Options], object]] = {
            "fault": self._fault,
            "clear": self._clear,
            "reset": lambda options: self.reset(),
            "say": self._say,
            "press": self._press,
        }

    def fault(self, kind: str, options: Options) -> Fault | None:
        """Put a fault in force; `block` and `unblock` are orders about a chat.

        Raises:
            ValueError: the kind is not known.
        """
        if kind in ("block", "unblock"):
            self._sim.people.block(_whole(options["chat_id"]), blocked=kind == "block")
            return None
        return self._sim.faults.add(kind, **options)  # type: ignore[arg-type]

    def reset(self) -> None:
        """Lift every fault, forget journal, messages and waiting updates."""
        sim = self._sim
        sim.faults.clear()
        sim.journal.clear()
        sim.chats.messages.clear()
        sim.updates.drop()
        for chat in sim.chats.known.values():
            chat.blocked = False

    def _fault(self, options: Options) -> object:
        self.fault(str(options.pop("kind")), options)
        return self._sim.faults.listing()

    def _clear(self, options: Options) -> object:
        kind = options.get("kind")
        self._sim.faults.clear(str(kind) if kind else None)
        return self._sim.faults.listing()

    def _say(self, options: Options) -> object:
        return self._sim.say(_whole(options["chat_id"]), str(options["text"]), _whole(options.get("times", 1)))

    def _press(self, options: Options) -> object:
        message = options.get("message_id")
        return self._sim.press(
            _whole(options["chat_id"]),
            str(options["data"]),
            _whole(options.get("times", 1)),
            message_id=None if message is None else _whole(message),
            redeliver=_whole(options.get("redeliver", 1)),
        )

    def answer(self, request: Request) -> Response:
        """Answer a control request."""
        name = request.path.removeprefix("/_sim/")
        order = self._orders.get(name)
        if request.method == "POST" and order is not None:
            try:
                options: Options = orjson.loads(request.body) if request.body else {}
                return json_response({"ok": True, "result": order(options)})
            except (ValueError, KeyError, TypeError) as error:
                return json_response({"ok": False, "error": f"{type(error).__name__}: {error}"}, 400)
        if name == "log":
            after = int(request.query.get("after", "0"))
            return json_response(self._sim.journal.entries(request.query.get("kind") or None, after))
        if name == "messages":
            chat = request.query.get("chat_id")
            return json_response([_message(message) for message in self._sim.sent if chat in (None, str(message.chat_id))])
        if name == "handed_out":
            return json_response({str(update): wall for update, wall in self._sim.updates.handed_out.items()})
        if name.startswith("photo/"):
            return Response(body=self._sim.methods.files.get(name.removeprefix("photo/"), b""), content_type="image/png")
        return json_response({"ok": False, "error": "not found"}, 404)


def _message(sent: Sent) -> dict[str, object]:
    return {
        "message_id": sent.message_id, "chat_id": sent.chat_id, "method": sent.method, "text": sent.text, "raw": sent.raw,
        "wall": sent.wall, "reply_markup": sent.markup, "file_id": sent.file_id, "photo_bytes": len(sent.photo),
        "edits": sent.edits, "deleted": sent.deleted,
    }  # fmt: skip


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"expected a whole number, got {value!r}")
    return int(value)
