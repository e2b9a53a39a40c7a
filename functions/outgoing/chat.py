"""Questions to a language model at any OpenAI-compatible address: one answer as text, bounded in time, size and tries.

The model gets no tools. A key is never sent to another host: no redirect is followed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx
import stamina
from pydantic import BaseModel, Field, ValidationError

from functions.errors import Broken, QuorumError, RetryLater
from functions.outgoing import CONNECT_SECONDS, LONGEST_WAIT, Refused, passes, refusal, silence
from functions.outgoing.proxies import route

if TYPE_CHECKING:
    from openai import OpenAI

Schema = Mapping[str, Any]
ABOUT_ONE_QUESTION = frozenset({"question_refused", "no_whole_answer", "source_unreadable", "model_failed"})


@dataclass(frozen=True, slots=True)
class ModelAddress:
    """A model and where it is.

        ModelAddress("llm", "http://127.0.0.1:11434/v1", key="", model="qwen3:8b")     # a model of one's own, without a key

    Args:
        name: of its row in `source_status`.
        url: up to and with the version, e.g. `https://api.openai.com/v1`.
        key: sent as a bearer token; may be empty.
        model: as the server calls it.
        seconds: of one try.
        tries: of what may pass by itself; all together take at most half as long again as one.
    """

    name: str
    url: str
    key: str
    model: str
    seconds: float = 20.0
    tries: int = 3


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked.

    Args:
        instructions: ours.
        text: what it is about; strangers' words stand in it.
        schema: of the JSON that is wanted.
        most_tokens: of the answer.
    """

    instructions: str
    text: str
    schema: Schema
    most_tokens: int


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered.

    Args:
        text: its words; empty when it gave none.
        finish: why it stopped: `stop`, `length`, `content_filter`, ...
        refusal: its words when it refuses.
        input_tokens, output_tokens: as the server counts them; None when it does not say.
        tries: calls that were made, of which earlier ones may be billed as well.
    """

    text: str
    finish: str
    refusal: str
    input_tokens: int | None
    output_tokens: int | None
    tries: int


class ModelClient:
    """Connections to one model, for one batch of questions; its `ask` may be called from several threads.

    with ModelClient(address) as model:
        completion = model.ask(prompt)
    """

    def __init__(self, address: ModelAddress) -> None:
        self._address = address
        self._http = httpx.Client(timeout=httpx.Timeout(address.seconds, connect=CONNECT_SECONDS), **route(address.url))
        self._client: OpenAI | None = None

    def __enter__(self) -> Self:
        from functions.outgoing.bridge import openai_client  # 50 MB that a desk without a model does without

        self._client = openai_client(self._http, self._address.url, self._address.key, self._address.seconds)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.close()

    def ask(self, prompt: Prompt) -> Completion:
        """Ask a question of its own, without what was asked before it.

        Raises:
            RetryLater: it does not answer, or not now (429, 5xx).
            Broken: it refuses (4xx), or answers something that is no completion. An error whose code is in
                `ABOUT_ONE_QUESTION` may be due to this question alone.
        """
        name, longest = self._address.name, 1.5 * self._address.seconds
        try:
            for attempt in stamina.retry_context(
                on=passes, attempts=self._address.tries, timeout=longest, wait_initial=0.3, wait_max=LONGEST_WAIT
            ):
                with attempt:
                    return _completion(name, self._send(prompt), attempt.num)
        except Refused as refused:
            raise _refusal(name, refused) from refused
        except httpx.HTTPError as error:
            raise _silence(name, error) from error
        raise AssertionError("the last attempt returns or raises")

    def _send(self, prompt: Prompt) -> bytes:
        from openai import APIConnectionError, APIStatusError

        if self._client is None:
            raise Broken("not_open", "a model is asked before its client is opened")
        try:
            answer = self._client.chat.completions.with_raw_response.create(
                model=self._address.model,
                messages=[{"role": "system", "content": prompt.instructions}, {"role": "user", "content": prompt.text}],
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "strict": True, "schema": dict(prompt.schema)},
                },
                max_completion_tokens=prompt.most_tokens,
            )
        except APIStatusError as error:
            raise Refused(
                error.status_code, httpx.Headers([*error.response.headers.multi_items()]), error.response.content
            ) from error
        except APIConnectionError as error:
            cause = error.__cause__
            raise cause if isinstance(cause, httpx.HTTPError) else httpx.ConnectError(str(error)) from error
        return answer.http_response.content


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)


class _Answer(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


def _completion(name: str, body: bytes, tries: int) -> Completion:
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError as error:
        raise Broken("source_unreadable", f"{name} answered something else than a completion") from error
    choice, usage = answer.choices[0], answer.usage
    return Completion(
        text=choice.message.content or "",
        finish=choice.finish_reason or "",
        refusal=choice.message.refusal or "",
        input_tokens=usage.prompt_tokens if usage else None,
        output_tokens=usage.completion_tokens if usage else None,
        tries=tries,
    )


def _refusal(name: str, refused: Refused) -> QuorumError:
    if refused.status == HTTPStatus.UNAUTHORIZED:
        return Broken("source_refuses", f"{name} refuses the key (401)")
    if refused.status in _OF_THE_QUESTION:
        return Broken("question_refused", f"{name} refuses a question ({refused.status})")
    error = refusal(name, refused)
    if refused.status >= HTTPStatus.INTERNAL_SERVER_ERROR and isinstance(error, RetryLater):
        return RetryLater("model_failed", error.detail, error.retry_after)
    return error


def _silence(name: str, error: httpx.HTTPError) -> RetryLater:
    """Return the error of a model that does not answer: at all, or not this question."""
    silent = silence(name, error)
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        return silent
    return RetryLater("no_whole_answer", silent.detail)


_OF_THE_QUESTION = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
