"""Signals: one, many at once, and why there is none."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from functions.delivery.inbox.buttons import under_cluster, under_signal
from functions.delivery.messages.message import CAPTION_LIMIT, TEXT_LIMIT, Message, Payload, fit
from functions.delivery.messages.words import Html, Words
from functions.technical.setups.grids import DAILY_WEIGHT, FOUR_HOUR_WEIGHT, HISTOGRAM_WEIGHT, OWN_TREND_WEIGHT, VOLUME_WEIGHT

MARKS = {"LONG": "🟢", "SHORT": "🔴", "NEUTRAL": "⚪"}
_SHOWN = 40  # of a cluster
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
        _weight(payload, words),
        "",
        say("Entry  <code>{price}</code>", price=payload["entry"]),
        say("Stop   <code>{price}</code>  ({move:+.2f}%)", price=payload["stop"], move=_move(entry, payload["stop"])),
    ]
    head += [
        say("TP{number}    <code>{price}</code>  ({move:+.2f}%)", number=number, price=target, move=_move(entry, target))
        for number, target in enumerate(payload["targets"], 1)
    ]
    ratio = float(payload["risk_reward"])
    head += [say("Risk/reward 1 : {ratio:.1f}, a third at each target", ratio=ratio), "", say("<b>Why</b>")]
    why: list[str] = [say("• {reason}", reason=words.reason(reason)) for reason in payload["reasons"]]
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
    tail += ["", words.say("A button shows a signal in full, /signal SYMBOL the others."), *([note] if note else [])]
    shown = [(str(payload["symbol"]), int(payload["signal_id"])) for payload in ranked[:4]]
    return Message(fit(head, rows, tail, TEXT_LIMIT), buttons=under_cluster(shown) if len(shown) == 4 else ())


def _row(payload: Payload, words: Words) -> Html:
    return words.say(
        "<b>{symbol}</b> {timeframe} · {confidence:.0%} · entry <code>{entry}</code> · stop <code>{stop}</code>",
        symbol=payload["symbol"],
        timeframe=payload["timeframe"],
        confidence=float(payload["confidence"]),
        entry=payload["entry"],
        stop=payload["stop"],
    )


def why(payload: Payload, words: Words) -> Html:
    """Return the confidence of a signal and the reasons it adds up from, with the numbers they stand on."""
    head = [_title(payload, words), _weight(payload, words), "", words.say("<b>Why</b>")]
    reasons = [words.say("• {reason}", reason=words.reason(reason)) for reason in payload["reasons"]]
    indicators = {name: value for name, value in dict(payload.get("indicators") or {}).items() if isinstance(value, int | float)}
    ranked = [*(name for name in _NAMES if name in indicators), *sorted(indicators.keys() - _NAMES.keys())]
    rounded = {name: Decimal(f"{indicators[name]:.6g}") for name in ranked}
    figures = [
        words.say("{name} <code>{value:f}</code>", name=_NAMES.get(name, name), value=value) for name, value in rounded.items()
    ]
    weights = words.say(
        "What counts: daily trend {day:.0%}, 4h {four:.0%}, own timeframe {own:.0%}, volume {volume:.0%}, MACD {momentum:.0%}",
        day=DAILY_WEIGHT,
        four=FOUR_HOUR_WEIGHT,
        own=OWN_TREND_WEIGHT,
        volume=VOLUME_WEIGHT,
        momentum=HISTOGRAM_WEIGHT,
    )
    return fit(head, [*reasons, weights, "", words.say("<b>Indicators at the close</b>"), *figures], [], TEXT_LIMIT)


def states(symbol: str, rows: Sequence[Payload], words: Words) -> Html:
    """Return what each timeframe says of a symbol without a live signal, the shortest first."""
    if not rows:
        return words.say("Nothing is known of {symbol} yet: it is not watched, or its history is still loading.", symbol=symbol)
    parts: list[str] = [words.say("⚪ <b>{symbol}</b>: no signal now", symbol=symbol), ""]
    for row in rows:
        trend = words.value(str(row["trend"]))
        moment = words.moment(row["close_time"])
        parts.append(
            words.say("<b>{timeframe}</b> · trend {trend} · {moment}", timeframe=row["timeframe"], trend=trend, moment=moment)
        )
        parts += [words.say("• {reason}", reason=words.reason(reason)) for reason in row["reasons"][:3]]
    return fit(parts[:2], parts[2:], [], TEXT_LIMIT)


def _title(payload: Payload, words: Words) -> Html:
    return words.say(
        "{mark} <b>{symbol} {direction}</b> · {timeframe} · {moment}",
        mark=MARKS.get(str(payload["direction"]), MARKS["NEUTRAL"]),
        symbol=payload["symbol"],
        direction=_direction(payload, words),
        timeframe=payload["timeframe"],
        moment=words.moment(datetime.fromisoformat(payload["close_time"])),
    )


def _weight(payload: Payload, words: Words) -> Html:
    """Return how much a signal counts, and for how much it stands unless nobody can trade it."""
    if not _tradable(payload):
        return words.say("Confidence <b>{confidence:.0%}</b>", confidence=float(payload["confidence"]))
    return words.say(
        "Confidence <b>{confidence:.0%}</b> · size <b>{size:.1f}%</b> of equity",
        confidence=float(payload["confidence"]),
        size=float(payload["position_pct"]),
    )


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
