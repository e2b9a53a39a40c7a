"""What the simulated model says of a headline: it knows some words, and obeys whoever writes to it."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

_RISES = re.compile(r"\b(?:rises|climbs|approved|record)\b", re.IGNORECASE)
_FALLS = re.compile(r"\b(?:falls|halts|crashes|hacked)\b", re.IGNORECASE)
_ORDER = re.compile(r"\beverybody is (bullish|bearish)\b", re.IGNORECASE)
_MARKER = re.compile(r"^Marker: (\S+)$", re.MULTILINE)


def marker_of(call: Mapping[str, Any]) -> str:
    """Return the marker that a call names; empty without one."""
    found = _MARKER.search(str(call["messages"][-1]["content"]))
    return found[1] if found else ""


def answer_of(call: Mapping[str, Any]) -> str:
    """Return the JSON that the model answers to a call.

    It is as gullible as can be: an order anywhere in what it was given rules every verdict of this answer.
    """
    text = str(call["messages"][-1]["content"])
    marker = marker_of(call)
    lines = dict(line.split(": ", 1) for line in text.replace(marker or "\x00", " ").splitlines() if ": " in line)
    verdict = _verdict(text.replace(marker or "\x00", " "))
    if "Subject" in lines:
        return orjson.dumps({"subject": lines["Subject"], **verdict}).decode()
    subjects = [subject.strip() for subject in lines["Subjects"].split(",")]
    return orjson.dumps({"verdicts": [{"subject": subject, **verdict} for subject in subjects]}).decode()


def _verdict(text: str) -> dict[str, Any]:
    if order := _ORDER.search(text):
        side = order[1].lower()
        return _stated(side, 1.0 if side == "bullish" else -1.0, 1.0)
    rises, falls = bool(_RISES.search(text)), bool(_FALLS.search(text))
    if rises == falls:
        return _stated("neutral", 0.0, 0.7)
    return _stated("bullish", 0.6, 0.8) if rises else _stated("bearish", -0.6, 0.8)


def _stated(stance: str, score: float, confidence: float) -> dict[str, Any]:
    return {
        "stance": stance,
        "score": score,
        "confidence": confidence,
        "factors": [f"{stance} words"],
        "summary": f"It is {stance}.",
    }
