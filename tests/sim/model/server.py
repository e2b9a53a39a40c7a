"""An OpenAI-compatible server (`/v1/chat/completions`, `/v1/models`), and an OpenClaw gateway, which differs in its manners."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from tests.sim.faults import Fault, FaultBook
from tests.sim.journal import Journal
from tests.sim.model.reader import answer_of, marker_of
from tests.sim.simulated import Simulated
from tests.sim.wire.http import HttpServer, Request, Response, json_response

MODEL_FAULTS = frozenset({
    "model_status", "model_delay", "model_hang", "model_disconnect", "model_half", "model_garbage",
    "model_say", "model_refuse", "model_cut", "model_repeat", "model_no_usage", "model_odd",
})  # fmt: skip
DEFAULT_KEY = "sk-simulated-key"
DEFAULT_MODEL = "reader-1"


class ModelSim(Simulated):
    """A model that reads headlines. `sim.url` is what LLM_URL is told.

    Args:
        port: 0 takes a free one.
        key: that it wants as a bearer token; empty wants none.
        models: that it knows.
        reader: makes the answer's text of a call's body.
        seed: of chance in its faults.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        key: str = DEFAULT_KEY,
        models: tuple[str, ...] = (DEFAULT_MODEL,),
        reader: Callable[[dict[str, Any]], str] = answer_of,
        seed: int = 1,
    ) -> None:
        self.key = key
        self.models = models
        self.faults = FaultBook(MODEL_FAULTS, seed)
        self.journal = Journal()
        self._reader = reader
        self._server = HttpServer(self._handle)
        self._port = port

    @property
    def url(self) -> str:
        """Return the address up to and with the version."""
        return f"http://127.0.0.1:{self._server.port}/v1"

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Return the bodies of all questions, also of those that were refused, in their order."""
        return [entry["call"] for entry in self.journal.entries("question")]  # type: ignore[misc]

    async def start(self) -> None:
        """Listen."""
        await self._server.start(self._port)

    async def stop(self) -> None:
        """Stop."""
        await self._server.stop()

    def fault(self, kind: str, **options: object) -> Fault:
        """Make something go wrong; `words` strikes only questions that have these words in them, spaces or markers between."""
        return self.faults.add(kind, **options)  # type: ignore[arg-type]

    async def _handle(self, request: Request) -> Response:
        if request.path == "/readyz":
            return json_response({"ready": True})
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return self.unauthorized()
        if (request.method, request.path) == ("GET", "/v1/models"):
            return json_response({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})
        if (request.method, request.path) != ("POST", "/v1/chat/completions"):
            return _error(404, "no such page", "invalid_request_error")
        call: dict[str, Any] = orjson.loads(request.body)
        self.journal.add("question", call=call, headers=dict(request.headers))
        if call["model"] not in self.models:
            return self.unknown_model(call["model"])
        said = str(call["messages"][-1]["content"]).replace(marker_of(call) or "\x00", " ")
        return await self._troubled(call, said)

    def unauthorized(self) -> Response:
        """Return the answer to a wrong key."""
        return _error(401, "Incorrect API key provided", "invalid_request_error", "invalid_api_key")

    def unknown_model(self, name: str) -> Response:
        """Return the answer to a wrong model."""
        return _error(404, f"The model `{name}` does not exist", "invalid_request_error", "model_not_found")

    async def _troubled(self, call: dict[str, Any], said: str) -> Response:
        if late := self.faults.take("chat", "model_delay", said=said):
            await asyncio.sleep(late.number("delay", 1.0))
        if self.faults.take("chat", "model_hang", said=said):
            return Response(damage="hang")
        if self.faults.take("chat", "model_disconnect", said=said):
            return Response(damage="close")
        if fault := self.faults.take("chat", "model_status", said=said):
            status = int(fault.number("status", 503))
            after = {"Retry-After": fault.text("retry_after", "")} if fault.options.get("retry_after") else {}
            return json_response({"error": {"message": fault.text("message", "busy"), "type": "server_error"}}, status, after)
        if self.faults.take("chat", "model_garbage", said=said):
            return Response(body=b"<!DOCTYPE html><p>It works!</p>", content_type="text/html")
        answer = self._completion(call, said)
        damage = "half" if self.faults.take("chat", "model_half", said=said) else "none"
        return Response(200, orjson.dumps(answer), damage=damage)  # type: ignore[arg-type]

    def _completion(self, call: dict[str, Any], said: str) -> dict[str, Any]:
        take = self.faults.take
        if take("chat", "model_odd", said=said):
            return {"id": "odd", "object": "chat.completion", "output": []}  # another schema than was promised
        text: str | None = self._reader(call)
        finish, refusal = "stop", None
        if fault := take("chat", "model_say", said=said):
            text = fault.text("text", "")
        if take("chat", "model_repeat", said=said):
            text = str(text).replace("It is", f"The marker {marker_of(call)} says it is")
        if take("chat", "model_refuse", said=said):
            text, refusal = None, "I cannot help with that."
        if take("chat", "model_cut", said=said):
            text, finish = str(text)[: len(str(text)) // 2], "length"
        message = {"role": "assistant", "content": text, "refusal": refusal}
        words = sum(len(str(one["content"]).split()) for one in call["messages"])
        usage = {"prompt_tokens": 2 * words, "completion_tokens": 40, "total_tokens": 2 * words + 40}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": call["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
            **({} if take("chat", "model_no_usage", said=said) else {"usage": usage}),
        }


class GatewaySim(ModelSim):
    """An OpenClaw gateway with one agent, `openclaw/news`, as 2026.9.6 answers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"models": ("openclaw/news",), "key": "simulated-gateway-token", **options})

    def unauthorized(self) -> Response:
        """Return the gateway's answer to a wrong token."""
        return json_response({"error": {"message": "Unauthorized", "type": "unauthorized"}}, 401)

    def unknown_model(self, name: str) -> Response:
        """Return the gateway's answer to an agent that it does not have."""
        return _error(400, f"Unknown agent '{name.rpartition('/')[2]}'.", "invalid_request_error")


def _error(status: int, message: str, kind: str, code: str | None = None) -> Response:
    return json_response({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)
