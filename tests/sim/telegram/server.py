"""Telegram as one server: the Bot API, the chat as a web page and the control API on one port of 127.0.0.1."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import replace

import orjson

from tests.sim.faults import Fault, FaultBook
from tests.sim.journal import Journal
from tests.sim.simulated import Simulated
from tests.sim.telegram.chats import Chats, Sent
from tests.sim.telegram.control import TelegramControl
from tests.sim.telegram.errors import ApiError, bad_request, too_many
from tests.sim.telegram.methods import Methods
from tests.sim.telegram.people import People
from tests.sim.telegram.rates import Rates
from tests.sim.telegram.updates import Updates
from tests.sim.telegram.webchat import WebChat, asked_from_here
from tests.sim.wire.forms import read_parameters
from tests.sim.wire.http import HttpServer, Request, Response, json_response

TELEGRAM_FAULTS = frozenset({"tg_status", "tg_delay", "tg_hang", "tg_disconnect", "tg_lost_answer", "tg_half", "tg_garbage"})
DEFAULT_TOKEN = "7000000001:SIMULATED-bot-token-0123456789abcdef"
DEFAULT_CHAT = 7_000_000_042
_CALL = re.compile(r"/bot(?P<token>[^/]*)/(?P<method>[A-Za-z]+)/?")
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
_QUIET = ("getUpdates", "getMe")


class TelegramSim(Simulated):
    """The Bot API. Use as `async with TelegramSim() as telegram`; the address is `telegram.url`, without `/bot<token>`."""

    def __init__(
        self,
        *,
        port: int = 0,
        token: str = DEFAULT_TOKEN,
        chats: Iterable[int] = (DEFAULT_CHAT,),
        seed: int = 1,
        rates: Rates | None = None,
    ) -> None:
        self.token = token
        self.chat_ids = list(chats)
        bot: dict[str, object] = {
            "id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Quorum", "username": "quorum_sim_bot",
        }  # fmt: skip
        self.faults = FaultBook(TELEGRAM_FAULTS, seed)
        self.journal = Journal()
        self.chats = Chats(self.chat_ids, bot)
        self.updates = Updates()
        self.methods = Methods(bot, self.chats, self.updates, rates)
        self.people = People(self.chats, self.updates, self.methods)
        self.control = TelegramControl(self)
        self.web = WebChat(self)
        self._server = HttpServer(self._handle)
        self._port = port

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return self._server.port

    @property
    def url(self) -> str:
        """Return the base address, as n8n's credential `baseUrl` wants it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sent(self) -> list[Sent]:
        """Return every message of the bot, oldest first, as it stands now."""
        return self.chats.messages

    async def start(self) -> None:
        """Listen."""
        await self._server.start(self._port)

    async def stop(self) -> None:
        """Close every connection and stop."""
        await self.updates.stop()
        await self._server.stop()

    def say(self, chat_id: int, text: str, times: int = 1) -> int:
        """Write to the bot as a person; return the update's id."""
        message_id, update_id = self.people.say(chat_id, text, times)
        self.journal.add("said", chat_id=chat_id, message_id=message_id, text=text)
        return update_id

    def press(self, chat_id: int, data: str, times: int = 1, *, message_id: int | None = None, redeliver: int = 1) -> list[int]:
        """Press a button as a person; return the updates' ids."""
        return self.people.press(chat_id, data, times, message_id, redeliver)

    def fault(self, kind: str, **options: object) -> Fault | None:
        """Make something go wrong; the kinds and their options are in tests/sim/README.md."""
        return self.control.fault(kind, dict(options))

    def clear(self, kind: str | None = None) -> None:
        """Lift every fault, or those of a kind."""
        self.faults.clear(kind)

    def reset(self) -> None:
        """Lift every fault, forget the journal, the messages and the waiting updates."""
        self.control.reset()

    async def _handle(self, request: Request) -> Response:
        if request.path.startswith(("/_sim/", "/chat")):
            if not asked_from_here(request):
                return Response(403, b"only pages of this machine may ask", "text/plain")
            return await self.web.answer(request) if request.path.startswith("/chat") else self.control.answer(request)
        match = _CALL.fullmatch(request.path)
        if match is None or not _TOKEN.fullmatch(match["token"]):
            return _refusal(ApiError(404, "Not Found"))
        return await self._call(request, match["token"], match["method"])

    async def _call(self, request: Request, token: str, method: str) -> Response:
        """Perform a call under the faults in force and write it down."""
        parameters: dict[str, object] = {}
        try:
            if token != self.token:
                raise ApiError(401, "Unauthorized")
            try:
                parameters, files = read_parameters(request)
            except (ValueError, KeyError) as error:
                raise bad_request(f"can't parse request: {error}") from None
            said = str(parameters.get("text") or parameters.get("caption") or "")
            early = await self._trouble(method, said)
            if early is not None:
                self._note(method, parameters, ok=False, trouble=early.damage)
                return early
            result = await self.methods.call(method, parameters, files)
        except ApiError as error:
            self._note(method, parameters, ok=False, error_code=error.code, description=error.description)
            return _refusal(error)
        self._note(method, parameters, ok=True, result=result)
        return self._late_trouble(method, said, json_response({"ok": True, "result": result}))

    async def _trouble(self, method: str, said: str) -> Response | None:
        """Apply faults that strike before the call is performed."""
        if late := self.faults.take(method, "tg_delay", said=said):
            await asyncio.sleep(late.number("delay", 1.0))
        if self.faults.take(method, "tg_disconnect", said=said):
            return Response(damage="close")
        if self.faults.take(method, "tg_hang", said=said):
            return Response(damage="hang")
        if fault := self.faults.take(method, "tg_status", said=said):
            status = int(fault.number("status", 500))
            if status == 429:
                raise too_many(int(fault.number("retry_after", 3)))
            default = {400: "Bad Request: chat not found", 403: "Forbidden: bot was blocked by the user"}
            raise ApiError(status, fault.text("description", default.get(status, "Internal Server Error")))
        return None

    def _late_trouble(self, method: str, said: str, response: Response) -> Response:
        """Apply faults that strike after it: the message is sent, the answer does not arrive whole."""
        if self.faults.take(method, "tg_lost_answer", said=said):
            return replace(response, damage="close")
        if self.faults.take(method, "tg_half", said=said):
            return replace(response, damage="half")
        if self.faults.take(method, "tg_garbage", said=said):
            return replace(response, body=b"<html><h1>502 Bad Gateway</h1></html>", status=502, content_type="text/html")
        return response

    def _note(self, method: str, parameters: dict[str, object], *, ok: bool, **facts: object) -> None:
        """Write a call down; empty polls only cost room."""
        if ok and method in _QUIET and not facts.get("result"):
            return
        self.journal.add("call", method=method, ok=ok, parameters=parameters, **facts)


def _refusal(error: ApiError) -> Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
    return Response(error.code, orjson.dumps(error.payload()), headers=headers)
