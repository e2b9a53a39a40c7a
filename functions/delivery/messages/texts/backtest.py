"""What a backtest gave, in a few lines."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from functions.backtest.compare import BTC, GATED_BASKET
from functions.backtest.result import CORE, DIPS, SETUPS
from functions.delivery.messages.texts.paper.accounts import account_name
from functions.delivery.messages.texts.parity import parity
from functions.delivery.messages.words import Html, Words, lines

_DAY = timedelta(days=1)
_LINES: Mapping[str, Callable[[Words], Html]] = {
    DIPS: lambda words: words.say("Dip orders"),
    CORE: lambda words: words.say("Core"),
    BTC: lambda words: words.say("BTC held"),
    GATED_BASKET: lambda words: words.say("Gated basket"),
}
_RULES: Mapping[str, Callable[[Words], Html]] = {
    SETUPS: lambda words: words.say("Of technical analysis alone: every setup was traded"),
    DIPS: lambda words: words.say("Of dip orders alone"),
    CORE: lambda words: words.say("Of the core alone"),
}


def line_name(name: str, words: Words) -> Html:
    """Return what an account or a benchmark of a backtest is called."""
    return _LINES[name](words) if name in _LINES else account_name(name, words)


def no_backtest(words: Words) -> Html:
    """Return that there is no run to show, and how one is made."""
    return words.say("No backtest is stored yet: <code>quorum backtest --data db</code> runs one over the desk's candles.")


def backtest(run: Mapping[str, Any], words: Words, agreed: Mapping[str, Any] | None = None) -> Html:
    """Return the figures of a stored run beside Bitcoin held and random entries.

    Args:
        run: its row: `id`, `since`, `until`, `rules`, `symbols`, `figures`.
        words: of the chat.
        agreed: how far the desk and the backtest agree; nothing is said without it.
    """
    say, figures = words.say, run["figures"]
    about = {"since": words.day(run["since"]), "until": words.day(run["until"] - _DAY), "number": str(run["id"])}
    coins = words.count("{number} coin", "{number} coins", run["symbols"])
    rows = [
        say("<b>Backtest {number}</b>, {since} – {until}, {coins}", **about, coins=coins),
        say("Return {total:+.1%}, BTC held {btc:+.1%}", total=figures["total_return"], btc=figures["btc_return"]),
    ]
    if run["rules"] in _RULES:
        rows.insert(1, _RULES[run["rules"]](words))
    if figures["trades"]:
        rows += _trades(figures, words)
    else:
        rows.append(say("No trade was closed in it"))
    return lines(*rows, *parity(agreed, words))


def _trades(figures: Mapping[str, Any], words: Words) -> list[Html]:
    say = words.say
    rows = [
        words.count(
            "{number} trade, {rate} won, profit factor {factor}",
            "{number} trades, {rate} won, profit factor {factor}",
            figures["trades"],
            rate=_shown("{value:.0%}", figures["win_rate"], words),
            factor=_shown("{value:.2f}", figures["profit_factor"], words),
        ),
        say(
            "Sharpe {sharpe}, of random entries {random}; max drawdown {deepest}",
            sharpe=_shown("{value:.2f}", figures["sharpe"], words),
            random=_shown("{value:.2f}", figures["random_sharpe"], words),
            deepest=_shown("{value:.1%}", figures["max_drawdown"], words),
        ),
    ]
    if (fewer := figures["false_signal_reduction"]) is not None:
        rows.append(say("Signals that lost, against those of technical analysis alone: {change:+.0%}", change=-fewer))
    return rows


def _shown(sentence: str, value: float | None, words: Words) -> Html:
    return Html("–") if value is None else words.say(sentence, value=value)
