"""Answers and pushes that are whole and wrong: other numbers, another time, a part of a list, nothing, a row twice."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from tests.sim.faults import Fault, FaultBook
from tests.sim.wire.http import Response

REST_ALTERED = frozenset({"rest_empty", "rest_part", "rest_twice", "rest_time", "rest_value", "rest_impossible", "rest_before"})
STREAM_ALTERED = frozenset({"ws_time", "ws_value", "ws_impossible"})
ABSURD: tuple[object, ...] = (
    "12345678901234567890", 12345678901234567890, "1e308", 1e308, "NaN", "-1", "", "x", None, [], {}, True, 0,
)  # fmt: skip


class Alterations:
    """Alters what the exchange says as the faults in force want it; remembers each question's last answer for `rest_before`."""

    def __init__(self, faults: FaultBook) -> None:
        self._faults = faults
        self._earlier: dict[tuple[object, ...], bytes] = {}

    def answer(self, path: str, query: Mapping[str, str], response: Response) -> Response:
        """Return an answer as the faults alter it."""
        question = (path, *sorted((name, value) for name, value in query.items() if name not in ("start", "end")))
        earlier = self._earlier.get(question)
        fault = self._faults.take(path, *REST_ALTERED)
        if fault is None or not response.body.startswith(b"{"):
            self._earlier[question] = response.body
            return response
        if fault.kind == "rest_before":
            return replace(response, body=earlier or response.body)
        body = orjson.loads(response.body)
        _ANSWERS[fault.kind](body, fault, self._faults.random)
        return replace(response, body=orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS, default=str))

    def push(self, topic: str, payload: bytes) -> bytes:
        """Return a push as the faults alter it."""
        fault = self._faults.take(topic, *STREAM_ALTERED)
        if fault is None:
            return payload
        body = orjson.loads(payload)
        _PUSHES[fault.kind](body, fault, self._faults.random)
        return orjson.dumps(body)


def _list(body: Any) -> list[Any]:
    result = body.get("result")
    rows = result.get("list") if isinstance(result, dict) else None
    return rows if isinstance(rows, list) else []


def _empty(body: Any, _fault: Fault, _chance: random.Random) -> None:
    if isinstance(body.get("result"), dict):
        body["result"]["list"] = []


def _part(body: Any, fault: Fault, _chance: random.Random) -> None:
    """Keep the first `share` of the rows."""
    rows = _list(body)
    del rows[round(len(rows) * fault.number("share", 0.55)) :]


def _twice(body: Any, _fault: Fault, _chance: random.Random) -> None:
    rows = _list(body)
    rows.extend(rows[:1])


def _time(body: Any, fault: Fault, _chance: random.Random) -> None:
    """Shift the time of the answer or push by `ms`, or put `value` in its place; in the answer to a question for it, too."""
    name = "time" if "time" in body else "ts"
    value = fault.options["value"] if "value" in fault.options else int(body[name] + fault.number("ms", 0))
    body[name] = value


def _value(body: Any, fault: Fault, chance: random.Random) -> None:
    """Put `value` into one field, a random one of a random row when none is named."""
    rows = _list(body)
    if not rows:
        return
    row = chance.choice(rows)
    value = fault.options["value"] if "value" in fault.options else chance.choice(ABSURD)
    if isinstance(row, list):
        row[int(fault.number("column", chance.randrange(len(row))))] = value
    else:
        row[fault.text("field", chance.choice(list(row)))] = value


def _impossible(body: Any, _fault: Fault, _chance: random.Random) -> None:
    """Put the open of each candle above its high."""
    for row in _list(body):
        if isinstance(row, list):
            row[1] = str(float(row[2]) * 1.001)


def _push_value(body: Any, fault: Fault, chance: random.Random) -> None:
    data = body["data"]
    row = data[0] if isinstance(data, list) else data
    names = [name for name in row if name not in ("symbol", "interval", "confirm")]
    row[fault.text("field", chance.choice(names))] = fault.options["value"] if "value" in fault.options else chance.choice(ABSURD)


def _push_impossible(body: Any, _fault: Fault, _chance: random.Random) -> None:
    for row in body["data"] if isinstance(body["data"], list) else ():
        row["open"] = str(float(row["high"]) * 1.001)


_ANSWERS: dict[str, Callable[[Any, Fault, random.Random], None]] = {
    "rest_empty": _empty,
    "rest_part": _part,
    "rest_twice": _twice,
    "rest_time": _time,
    "rest_value": _value,
    "rest_impossible": _impossible,
}
_PUSHES: dict[str, Callable[[Any, Fault, random.Random], None]] = {
    "ws_time": _time,
    "ws_value": _push_value,
    "ws_impossible": _push_impossible,
}
