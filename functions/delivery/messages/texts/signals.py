"""Signals: one, many at once, and why there is none."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from functions.delivery.inbox.buttons import under_cluster, under_signal
from functions.delivery.messages.figures import price_text
from functions.delivery.messages.message import CAPTION_LIMIT, TEXT_LIMIT, Message, Payload, fit
from functions.delivery.messages.texts.factors import factor_lines
from functions.delivery.messages.words import Html, Words
from functions.paper.admission import RefusalCode
from functions.scoring.states import SignalState

MARKS = {"LONG": "🟢", "SHORT": "🔴", "NEUTRAL": "⚪"}
_SHOWN = 40  # of a cluster
_BUTTONS = 4  # under a cluster
_PERCENTS = ("adx", "plus_di", "minus_di", "rsi", "stochastic_k", "stochastic_d")  # indicators from 0 to 100
_VOLUMES = ("volume_average", "obv_change20")
# As charts name them, in every language.
_NAMES = {
    **{f"ema{length}": f"EMA {length}" for length in (9, 21, 50, 200)},
    "adx": "ADX",
    "plus_di": "+DI",
    "minus_di": "-DI",
    "rsi": "RSI",
    "stochastic_k": "Stoch RSI %K",
    "stochastic_d": "Stoch RSI %D",
    "macd": "MACD",
    "macd_signal": "MACD signal",
    "macd_histogram": "MACD histogram",
    "atr": "ATR",
    "vwap": "VWAP",
    "volume_average": "Volume SMA 20",
    "obv_change20": "OBV, change of 20",
    "bollinger_upper": "Bollinger upper",
    "bollinger_middle": "Bollinger middle",
    "bollinger_lower": "Bollinger lower",
}

_OBSTACLES: Mapping[RefusalCode, Callable[[Words], Html]] = {
    RefusalCode.PAIR_IS_OPEN: lambda words: words.say("Size 0: a trade in this pair is open"),
    RefusalCode.TOO_MANY_OPEN: lambda words: words.say("Size 0: as many trades are open as may be"),
    RefusalCode.TOO_MANY_IN_ONE_DIRECTION: lambda words: words.say("Size 0: as many trades in this direction are open as may be"),
    RefusalCode.EXPOSURE_FULL: lambda words: words.say("Size 0: the account is fully invested"),
}


def signal(payload: Payload, words: Words, note: Html | None = None) -> Message:
    """Return the message of a signal, with its picture and buttons, and a note at its end."""
    head, why, tail = _parts(payload, words)
    tail += [note] if note else []
    number = int(payload["signal_id"])
    query = urlencode({"timeframe": payload["timeframe"], "signal": number, **words.query})
    return Message(
        fit(head, why, tail, TEXT_LIMIT),
        fit(head, why, tail, CAPTION_LIMIT),
        f"/charts/{payload['symbol']}.png?{query}",
        under_signal(number, words, tradable=_tradable(payload)),
    )


def _parts(payload: Payload, words: Words) -> tuple[list[str], list[str], list[str]]:
    say = words.say
    entry = Decimal(payload["entry"])
    head: list[str] = [
        _title(payload, words),
        *_standing(payload, words),
        *_weight(payload, words),
        "",
        say("Entry  <code>{price}</code>", price=payload["entry"]),
        say("Stop   <code>{price}</code>  ({move:+.2f}%)", price=payload["stop"], move=_move(entry, payload["stop"])),
    ]
    head += [
        say("TP{number}    <code>{price}</code>  ({move:+.2f}%)", number=number, price=target, move=_move(entry, target))
        for number, target in enumerate(payload["targets"], 1)
    ]
    ratio = float(payload["risk_reward"])
    head += [say("Risk/reward 1 : {ratio:.1f}, a third at each target", ratio=ratio), ""]
    why: list[str] = [*_factors(payload, words), "", say("<b>Why</b>")]
    why += [say("• {reason}", reason=words.reason(reason)) for reason in payload["reasons"]]
    until = words.moment(datetime.fromisoformat(payload["expires_at"]))
    number = int(payload["signal_id"])
    tail: list[str] = [
        "",
        say("Valid until {until}. Signal {number}. Paper only: nothing is ordered.", until=until, number=str(number)),
    ]
    return head, why, tail


def cluster(payloads: Sequence[Payload], words: Words, note: Html | None = None) -> Message:
    """Return one message about many symbols that one move of the market fired, the strongest first."""
    ranked = sorted(payloads, key=lambda payload: (-float(payload["confidence"]), str(payload["symbol"])))
    direction = str(ranked[0]["direction"])
    head = [
        words.count(
            "{mark} <b>{number} signal {direction}</b> at one close, {moment}",
            "{mark} <b>{number} signals {direction}</b> at one close, {moment}",
            len(ranked),
            mark=MARKS[direction],
            direction=_direction(ranked[0], words),
            moment=words.moment(datetime.fromisoformat(ranked[0]["close_time"])),
        ),
        words.say("The market moved as a whole: together they are one bet, not many."),
        "",
    ]
    rows = [_row(payload, words) for payload in ranked[:_SHOWN]]
    rest = len(ranked) - len(rows)
    tail: list[str] = [words.count("and {number} more", "and {number} more", rest)] if rest else []
    if len(ranked) > _BUTTONS:
        tail += ["", words.say("A button shows a signal in full, /signal SYMBOL the others.")]
    else:
        tail += ["", words.say("A button shows a signal in full.")]
    tail += [note] if note else []
    shown = [(str(payload["symbol"]), int(payload["signal_id"])) for payload in ranked[:_BUTTONS]]
    return Message(fit(head, rows, tail, TEXT_LIMIT), buttons=under_cluster(shown) if len(shown) == _BUTTONS else ())


def _row(payload: Payload, words: Words) -> Html:
    return words.say(
        "<b>{symbol}</b> {timeframe} · score {score:.0f} · {confidence:.0%} · "
        "entry <code>{entry}</code> · stop <code>{stop}</code>",
        symbol=payload["symbol"],
        timeframe=payload["timeframe"],
        score=float(payload["score"]),
        confidence=float(payload["confidence"]),
        entry=payload["entry"],
        stop=payload["stop"],
    )


def why(payload: Payload, words: Words) -> Html:
    """Return what a signal stands on: its factors with every source, the reasons of its setup, the numbers at its close."""
    title = [_title(payload, words), *_standing(payload, words)]
    head = [*title, *_weight(payload, words), agreement(words), "", *_factors(payload, words, sources=True)]
    reasons = [words.say("• {reason}", reason=words.reason(reason)) for reason in payload["reasons"]]
    indicators = {name: value for name, value in dict(payload.get("indicators") or {}).items() if isinstance(value, int | float)}
    ranked = [*(name for name in _NAMES if name in indicators), *sorted(indicators.keys() - _NAMES.keys())]
    figures = [_figure(name, float(indicators[name]), words) for name in ranked]
    body = ["", words.say("<b>Why</b>"), *reasons, "", words.say("<b>Indicators at the close</b>"), *figures]
    return fit(head, body, [], TEXT_LIMIT)


def _figure(name: str, value: float, words: Words) -> Html:
    """Return an indicator as traders write it: 0 to 100 with one decimal, volumes short, prices as messages show prices."""
    title = _NAMES.get(name, name)
    if name in _PERCENTS:
        return words.say("{name} {value:.1f}", name=title, value=value)
    if name in _VOLUMES and abs(value) >= 1e6:
        return words.say("{name} {millions:,.1f}M", name=title, millions=value / 1e6)
    return words.say("{name} <code>{price}</code>", name=title, price=price_text(float(f"{value:.6g}")))


def agreement(words: Words) -> Html:
    """Return what the confidence is."""
    return words.say("Confidence says how much of the weight agrees. It is no probability of a profit.")


def _factors(payload: Payload, words: Words, *, sources: bool = False) -> list[Html]:
    made = datetime.fromisoformat(payload["created_at"])
    title = words.say("<b>Factors</b>, points from 50")
    return [title, *factor_lines(payload["factors"], made, words, sources=sources)]


def states(rows: Sequence[Payload], words: Words) -> list[Html]:
    """Return what each timeframe of a coin says, the shortest first."""
    parts: list[Html] = []
    for row in rows:
        trend = words.value(str(row["trend"]))
        moment = words.moment(row["close_time"])
        parts.append(
            words.say("<b>{timeframe}</b> · trend {trend} · {moment}", timeframe=row["timeframe"], trend=trend, moment=moment)
        )
        parts += [words.say("• {reason}", reason=words.reason(reason)) for reason in row["reasons"][:3]]
    return parts


_STATES: Mapping[SignalState, Callable[[Words], Html]] = {
    SignalState.NEW: lambda words: words.say("New: it may be taken"),
    SignalState.ACTIVE: lambda words: words.say("Active: too late to take it, neither its stop nor TP1 was touched"),
    SignalState.HIT_TP: lambda words: words.say("TP1 was touched before the stop"),
    SignalState.HIT_SL: lambda words: words.say("The stop was touched before TP1"),
    SignalState.EXPIRED: lambda words: words.say("Expired: 7 days without TP1 or the stop"),
}


def _standing(payload: Payload, words: Words) -> list[Html]:
    """Return where a signal stands; nothing in its alert, which is the moment it begins."""
    if "state" not in payload:
        return []
    said = _STATES[SignalState(payload["state"])](words)
    ended = payload.get("ended_at")
    if ended is None:
        return [said]
    return [words.say("{state}, {moment}", state=said, moment=words.moment(datetime.fromisoformat(ended)))]


def _title(payload: Payload, words: Words) -> Html:
    return words.say(
        "{mark} <b>{symbol} {direction}</b> · {timeframe} · {moment}",
        mark=MARKS.get(str(payload["direction"]), MARKS["NEUTRAL"]),
        symbol=payload["symbol"],
        direction=_direction(payload, words),
        timeframe=payload["timeframe"],
        moment=words.moment(datetime.fromisoformat(payload["close_time"])),
    )


def _weight(payload: Payload, words: Words) -> list[Html]:
    """Return score and confidence of a signal, how much was known, and its size unless nobody can trade it."""
    head = words.say(
        "Score <b>{score:.0f}</b> · confidence <b>{confidence:.0%}</b>",
        score=float(payload["score"]),
        confidence=float(payload["confidence"]),
    )
    coverage = float(payload["coverage"])
    if not _tradable(payload):
        return [head, words.say("Coverage {coverage:.0%} of all weight", coverage=coverage)]
    size = float(payload["position_pct"])
    known = words.say("Coverage {coverage:.0%} of all weight · size <b>{size:.1f}%</b> of equity", coverage=coverage, size=size)
    return [head, known, *(_OBSTACLES[RefusalCode(obstacle)](words) for obstacle in payload["obstacles"][:1])]


def _direction(payload: Payload, words: Words) -> Html:
    """Return which way; nobody can sell short on spot, so SHORT is told what it means unless paper trading may go short."""
    direction = words.value(str(payload["direction"]))
    if _tradable(payload):
        return direction
    return words.say("{direction} · exit / avoid", direction=direction)


def _move(entry: Decimal, level: Any) -> float:
    return float((Decimal(level) / entry - 1) * 100)


def _tradable(payload: Payload) -> bool:
    """Tell whether paper may follow a signal: a short only where the desk allows shorts."""
    return payload["direction"] != "SHORT" or any(reason.get("code") == "short_allowed" for reason in payload["reasons"])
