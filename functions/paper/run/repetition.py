"""Answer a repeated request as the first one was answered: with what it did, or with why a close was refused."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection

from functions.errors import Conflict, InputRejected, NotFound, QuorumError
from functions.paper.answers import TradeClosed, TradeOpened
from functions.paper.requests import CloseRequest, OpenRequest
from functions.paper.store import account as store

Answer = TypeVar("Answer", TradeOpened, TradeClosed)
_REFUSED = "refused"
# What another try may mend is no answer: it is asked again.
_FINAL = {kind.__name__: kind for kind in (InputRejected, NotFound, Conflict)}


def once(
    connection: Connection,
    account_id: int,
    request: OpenRequest | CloseRequest,
    at: datetime,
    kind: type[Answer],
    act: Callable[[], Answer],
) -> Answer:
    """Act, or give the answer of the first time when a request with this key was answered; the account is locked.

    Raises:
        Conflict: the key was used for another request.
        QuorumError: what `act` raises, or what was refused the first time.
    """
    kept = store.find_answer(connection, account_id, request.request_id)
    if kept is None:
        answer = act()
        _remember(connection, account_id, request, at, kind.__name__, answer.model_dump(mode="json"))
        return answer
    if kept.operation != kind.__name__ or not _is_same(kept.request, request):
        raise Conflict("key_reused", f"expected a new request_id, {request.request_id} was used for another request")
    if _REFUSED in kept.answer:
        raise _refusal(kept.answer[_REFUSED])
    return kind.model_validate(kept.answer)


def is_answered(connection: Connection, account_id: int, request: OpenRequest | CloseRequest) -> bool:
    """Tell whether a request with this key has its answer."""
    return store.find_answer(connection, account_id, request.request_id) is not None


def remember_refusal(connection: Connection, account_id: int, request: CloseRequest, at: datetime, refusal: QuorumError) -> None:
    """Keep why a close was refused, unless another try may mend it."""
    name = type(refusal).__name__
    if name in _FINAL:
        kept = {"kind": name, "code": refusal.code, "detail": refusal.detail, "figures": refusal.figures}
        _remember(connection, account_id, request, at, TradeClosed.__name__, {_REFUSED: kept})


def _refusal(kept: dict[str, Any]) -> QuorumError:
    return _FINAL[kept["kind"]](kept["code"], kept["detail"], figures=kept["figures"])


def _remember(
    connection: Connection,
    account_id: int,
    request: OpenRequest | CloseRequest,
    at: datetime,
    operation: str,
    answer: dict[str, Any],
) -> None:
    store.keep_answer(connection, account_id, request.request_id, store.KeptAnswer(operation, _asked(request), answer), at)


def _asked(request: OpenRequest | CloseRequest) -> dict[str, Any]:
    """Return what is asked; who asks is no part of it: a key is the same request whichever chat it comes from."""
    return request.model_dump(mode="json", exclude={"request_id", "as_of", "chat"})


def _is_same(kept: dict[str, Any], request: OpenRequest | CloseRequest) -> bool:
    """Tell whether a request asks for what was asked before, by its values and not by how they are written."""
    try:
        kept_request = type(request).model_validate({**kept, "request_id": request.request_id})
    except ValidationError:
        return False
    return _asked(kept_request) == _asked(request)
