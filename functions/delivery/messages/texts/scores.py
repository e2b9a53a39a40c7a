"""The score of a coin, why a setup was rejected, why there was no signal today, and the watch list."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from functions.delivery.messages.message import TEXT_LIMIT, Payload, fit
from functions.delivery.messages.texts.factors import factor_lines
from functions.delivery.messages.texts.gate import gate_line, gate_state
from functions.delivery.messages.texts.signals import MARKS, agreement
from functions.delivery.messages.words import Html, Words

_REJECTIONS_SHOWN = 5

# A check without the figures of one setup, for counts of many.
_CHECKS: Mapping[str, Callable[[Words], Html]] = {
    "pair_excluded": lambda words: words.say("no coin to trade"),
    "gate_unknown": lambda words: words.say("the gate is not known"),
    "gate_closed": lambda words: words.say("the gate is closed"),
    "gate_against": lambda words: words.say("the gate allows the other direction"),
    "daily_trend_against": lambda words: words.say("the coin's own daily trend is another"),
    "daily_trend_unknown": lambda words: words.say("the coin's own daily trend is not known"),
    "no_consensus": lambda words: words.say("too few factors agree"),
    "score_against": lambda words: words.say("the score speaks for the other side"),
    "score_unknown": lambda words: words.say("there is no score"),
    "confidence_low": lambda words: words.say("confidence is too low"),
    "text_against": lambda words: words.say("news and trends contradict each other"),
    "range_too_wide": lambda words: words.say("prices range too far"),
    "range_unknown": lambda words: words.say("the usual range is not known"),
    "cost_too_high": lambda words: words.say("costs are too high for the stop"),
    "risk_reward_too_low": lambda words: words.say("risk/reward is too low"),
    "cooldown": lambda words: words.say("the pair had a signal just before"),
}


def check(code: str, words: Words) -> Html:
    """Return what a check is about, without figures."""
    return _CHECKS[code](words)


def coin(document: Payload, states: Sequence[str], words: Words) -> Html:
    """Return the score of a coin without a live signal: its factors, why its newest setup was rejected, its trends.

    Args:
        document: as `functions.scoring.answers.CoinScore` has it.
        states: lines about its timeframes.
        words: of the chat.
    """
    say, gate, score = words.say, document["gate"], document["score"]
    at = datetime.fromisoformat(document["as_of"])
    head: list[str] = [say("⚪ <b>{symbol}</b>: no signal now", symbol=document["symbol"])]
    if score is None:
        head.append(say("It has no score: it is not watched, or its history is still loading."))
    else:
        head += _weight(score, words)
        head.append(say("Scored at {moment}", moment=words.moment(datetime.fromisoformat(score["close_time"]))))
    head.append(gate_line(gate_state(gate["regime"]), words))
    body: list[str] = ["", say("<b>Factors</b>, points from 50")]
    body += factor_lines([factor["now"] for factor in document["factors"]], at, words)
    if rejected := document["rejection"]:
        body += ["", _rejected(rejected, words), *_reasons(rejected["reasons"], words)]
    return fit(head, [*body, *(["", *states] if states else [])], [], TEXT_LIMIT)


def rejection(payload: Payload, words: Words) -> Html:
    """Return why a setup became no signal: every check that failed, what the factors said, and the plan it had."""
    say = words.say
    at = datetime.fromisoformat(payload["close_time"])
    head: list[str] = [_rejected(payload, words), *_weight(payload, words), "", say("<b>Rejected, because</b>")]
    head += _reasons(payload["reasons"], words)
    body: list[str] = ["", say("<b>Factors</b>, points from 50")]
    body += factor_lines(payload["factors"], at, words, sources=True)
    targets = Html(" · ".join(f"<code>{target}</code>" for target in payload["targets"]))
    plan = {"entry": payload["entry"], "stop": payload["stop"], "targets": targets}
    body += ["", say("Its plan: entry <code>{entry}</code>, stop <code>{stop}</code>, targets {targets}", **plan)]
    body += [say("• {reason}", reason=words.reason(reason)) for reason in payload["setup_reasons"]]
    return fit(head, body, ["", agreement(words)], TEXT_LIMIT)


def today(payload: Payload, words: Words) -> Html:
    """Return why there were signals or none in a day: setups counted by the first check that they failed.

    Args:
        payload: as `functions.scoring.answers.Rejections` has it.
        words: of the chat.
    """
    say, gate, scored = words.say, payload["gate"], _moment(payload["scored_to"])
    until = words.moment(datetime.fromisoformat(payload["as_of"]))
    head: list[str] = [
        say("<b>Why signals came or not</b>, 24 h to {moment}", moment=until),
        words.count("{number} signal in 24 h", "{number} signals in 24 h", payload["signals"]),
        words.count("{number} setup was judged", "{number} setups were judged", payload["setups"]),
        gate_line(gate_state(gate["regime"]), words, _moment(gate["since"])),
    ]
    if scored is None:
        head.append(say("❌ Nothing is scored yet: candles are still loading. /status says how far they reach."))
    else:
        head.append(say("Newest score: {moment}", moment=words.moment(scored)))
    body: list[str] = []
    if payload["counts"]:
        body = ["", say("<b>Rejected, by the first check that failed</b>")]
        body += [say("{number} x {check}", number=number, check=check(code, words)) for code, number in payload["counts"].items()]
        body += ["", say("<b>The newest</b>")]
        body += [_row(row, words) for row in payload["rejections"][:_REJECTIONS_SHOWN]]
    elif not payload["setups"]:
        body = ["", say("No coin had an entry at any close, so there was nothing to judge.")]
    return fit(head, body, [], TEXT_LIMIT)


def watch_list(payload: Payload, words: Words) -> Html:
    """Return the rejected setups whose time is not over, the clearest score first."""
    say, gate = words.say, payload["gate"]
    moment = words.moment(datetime.fromisoformat(payload["as_of"]))
    head: list[str] = [say("<b>Watch list</b>, {moment}", moment=moment), gate_line(gate_state(gate["regime"]), words), ""]
    rows = [_row(row, words) for row in payload["setups"]]
    if not rows:
        return fit([*head, say("No rejected setup is open. /today counts those of 24 hours.")], [], [], TEXT_LIMIT)
    tail = ["", say("No signals: each failed the check beside it. Tap a /why_R… to see everything.")]
    return fit(head, rows, tail, TEXT_LIMIT)


def _weight(payload: Payload, words: Words) -> list[Html]:
    """Return score, confidence and coverage of a coin or a setup."""
    facts = {"confidence": float(payload["confidence"]), "coverage": float(payload["coverage"])}
    if payload["score"] is None:
        return [words.say("No score: nothing fresh is known")]
    return [
        words.say(
            "Score <b>{score:.0f}</b> · confidence <b>{confidence:.0%}</b> · coverage {coverage:.0%}",
            score=float(payload["score"]),
            **facts,
        )
    ]


def _rejected(payload: Payload, words: Words) -> Html:
    return words.say(
        "{mark} <b>{symbol} {direction}</b> {timeframe}, {moment}: rejected, R{number}",
        mark=MARKS["NEUTRAL"],
        symbol=payload["symbol"],
        direction=words.value(payload["direction"]),
        timeframe=payload["timeframe"],
        moment=words.moment(datetime.fromisoformat(payload["close_time"])),
        number=str(payload["rejection_id"]),
    )


def _reasons(reasons: Sequence[Payload], words: Words) -> list[Html]:
    return [words.say("• {reason}", reason=words.reason(reason)) for reason in reasons]


def _row(payload: Payload, words: Words) -> Html:
    facts = {
        "symbol": payload["symbol"],
        "direction": words.value(payload["direction"]),
        "timeframe": payload["timeframe"],
        "check": check(payload["code"], words),
        "number": str(payload["rejection_id"]),
    }
    if payload["score"] is None:
        return words.say("<b>{symbol} {direction}</b> {timeframe} · {check} · /why_R{number}", **facts)
    return words.say(
        "<b>{symbol} {direction}</b> {timeframe} · score {score:.0f} · {check} · /why_R{number}",
        **facts,
        score=float(payload["score"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
