"""Refuse a query parameter that an operation does not have: a misspelt filter would silently filter nothing."""

from difflib import get_close_matches

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query

from functions.errors import InputRejected


def refuse_unknown(request: Request) -> None:
    """Let a request pass only with parameters that its operation has.

    Raises:
        InputRejected: it has another one; the sentence names it and what was probably meant.
    """
    if not request.query_params:
        return
    route = request.scope["route"]
    known = {parameter.alias for parameter in get_flat_params(route.dependant) if isinstance(parameter.field_info, Query)}
    for name in request.query_params:
        if name not in known:
            raise InputRejected("unknown_parameter", f"{route.path} has no parameter {name[:40]!r}{_hint(name, known)}")


def _hint(name: str, known: set[str]) -> str:
    if meant := get_close_matches(name, known, n=1):
        return f"; did you mean {meant[0]}?"
    return f"; it has {', '.join(sorted(known))}" if known else "; it has none"
