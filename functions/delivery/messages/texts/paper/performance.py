"""How the accounts did, and how far the desk is from what the plan asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan

from functions.delivery.messages.message import TEXT_LIMIT, fit
from functions.delivery.messages.texts.paper.accounts import account_name
from functions.delivery.messages.words import Html, Words
from functions.performance.readiness.assessment import Assessment, Line
from functions.performance.readiness.slow import SlowRule
from functions.performance.readiness.targets import PLAN_DAYS, Standing

_MARKS = {Standing.MET: "✅", Standing.MINIMUM: "🟡", Standing.MISSED: "❌", Standing.UNKNOWN: "❔"}
_FIGURES: Mapping[str, Callable[[Words], Html]] = {
    "win_rate": lambda words: words.say("Win rate"),
    "profit_factor": lambda words: words.say("Profit factor"),
    "max_drawdown": lambda words: words.say("Max drawdown"),
    "sharpe": lambda words: words.say("Sharpe"),
    "uptime": lambda words: words.say("Uptime"),
    "latency_s": lambda words: words.say("Signal delay"),
    "signals_a_day": lambda words: words.say("Signals a day"),
    "excess_return": lambda words: words.say("Against BTC held"),
    "days": lambda words: words.say("Days"),
    "trades": lambda words: words.say("Closed trades"),
}
_SHARES = ("win_rate", "max_drawdown", "uptime", "excess_return")
_SAMPLES: Mapping[str, Callable[[Words, int], Html]] = {
    "trades": lambda words, number: words.count("{number} trade", "{number} trades", number),
    "days": lambda words, number: words.count("{number} day", "{number} days", number),
    "closes": lambda words, number: words.count("{number} close", "{number} closes", number),
    "signals": lambda words, number: words.count("{number} signal sent", "{number} signals sent", number),
}


def readiness(assessment: Assessment, at: datetime, words: Words) -> Html:
    """Return each target with its value, its sample, the chance of a coin toss, and the days until it is decided."""
    say = words.say
    head = [
        say("<b>Readiness</b>, {moment}", moment=words.moment(at)),
        say("Day {days} of {plan}, {trades} closed trades", days=assessment.days, plan=PLAN_DAYS, trades=assessment.trades),
        "",
    ]
    body = [row for line in assessment.plan for row in _line(line, words)]
    body += ["", say("<b>Before real money</b>")]  # type: ignore[list-item]
    body += [_short(line, words) for line in assessment.real_money]
    tail = [""]
    if assessment.chance_of_plan is not None and assessment.chance_of_minimum is not None:
        tail.append(
            say(
                "A coin toss with the same exits meets the four trading targets in {days} days in {plan:.0%} of worlds, "
                "the minima in {minimum:.0%}.",
                days=PLAN_DAYS,
                plan=assessment.chance_of_plan,
                minimum=assessment.chance_of_minimum,
            )
        )
    ready = say("Everything that real money asks for is met. A coin toss may do that, too: read the chances.")
    tail.append(ready if assessment.ready else say("Not ready for real money."))
    tail += [_slow(rule, at, words) for rule in assessment.slow]
    return fit(head, body, tail, TEXT_LIMIT)


def _slow(rule: SlowRule, at: datetime, words: Words) -> Html:
    """Return how long a rule that trades on few days has to run until it can be believed."""
    facts = {
        "name": account_name(rule.name, words),
        "since": words.day(rule.since),
        "earliest": f"{rule.earliest.year}",
        "latest": f"{rule.latest.year}",
        "left": rule.days_left(at),
    }
    return words.count(
        "{name}: bought on {number} day since {since}; can be believed between {earliest} and {latest}, in {left} days at the "
        "earliest",
        "{name}: bought on {number} days since {since}; can be believed between {earliest} and {latest}, in {left} days at the "
        "earliest",
        rule.fill_days,
        **facts,
    )


def _line(line: Line, words: Words) -> list[Html]:
    first = _short(line, words)
    if line.standing is Standing.UNKNOWN:
        return [first]
    parts = [_SAMPLES[line.sample_of](words, line.sample)]
    if line.chance is not None:
        parts.append(words.say("coin toss {chance:.0%}", chance=line.chance))
    if line.days_left is None:
        parts.append(words.say("not to be decided soon"))
    elif line.days_left:
        parts.append(words.count("decided in {number} day", "decided in {number} days", line.days_left))
    return [first, Html("    " + " · ".join(parts))]


def _short(line: Line, words: Words) -> Html:
    target = line.target
    plan = _number(target.figure, target.plan, words)
    if target.most is not None and target.figure == "signals_a_day":
        asked = words.say("{least} to {most}", least=plan, most=_number(target.figure, target.most, words))
    elif target.most is not None:
        asked = words.say("{least} at least", least=plan)
    else:
        asked = words.say("more than {limit}", limit=plan) if target.above else words.say("less than {limit}", limit=plan)
    value = "–" if line.value is None else _number(target.figure, line.value, words)
    name = _FIGURES[target.figure](words)
    return words.say(
        "{mark} {name} <b>{value}</b>, asked: {asked}", mark=_MARKS[line.standing], name=name, value=value, asked=asked
    )


def _number(figure: str, value: float, words: Words) -> Html:
    if value == float("inf"):
        return Html("∞")
    if figure in _SHARES:
        return words.say("{value:.1%}", value=value)
    if figure == "latency_s":
        return words.say("{value:.1f} s", value=value)
    return words.say("{value:.0f}", value=value) if figure in ("days", "trades") else words.say("{value:.2f}", value=value)


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """An account's figures by name since it was opened, and what Bitcoin did in the same days."""

    name: str
    days: int
    opened_at: datetime
    figures: Mapping[str, float]
    btc: float | None


@dataclass(frozen=True, slots=True)
class DayChange:
    """What one UTC day did to an account."""

    day: datetime
    change: float
    share: float
    trades: int


@dataclass(frozen=True, slots=True)
class EndedTrade:
    """A trade that is over; `r` is NaN without a stop."""

    account: str
    symbol: str
    side: str
    closed_at: datetime
    profit: float
    r: float


def profit(accounts: Sequence[AccountFigures], words: Words) -> Html:
    """Return what each account earned since it was opened, and how."""
    if not accounts:
        return words.say("No account has traded yet")
    body = [row for account in accounts for row in (*_profit(account, words), Html(""))]
    return fit([words.say("<b>Profit</b>, by whole UTC days, after all costs"), ""], body, [], TEXT_LIMIT)


def _profit(account: AccountFigures, words: Words) -> list[Html]:
    figures, say = account.figures, words.say
    rows = [
        words.count(
            "<b>{name}</b>, {number} day since {day}",
            "<b>{name}</b>, {number} days since {day}",
            account.days,
            name=account_name(account.name, words),
            day=words.day(account.opened_at),
        )
    ]
    if account.days and account.btc is not None:
        rows.append(say("Return {total:+.2%}, BTC held {btc:+.2%}", total=figures["total_return"], btc=account.btc))
    elif account.days:
        rows.append(say("Return {total:+.2%}", total=figures["total_return"]))
    trades = round(figures["trades"])
    if trades:
        rows.append(
            words.count(
                "{number} closed trade, {rate:.0%} won, profit factor {factor}{r}",
                "{number} closed trades, {rate:.0%} won, profit factor {factor}{r}",
                trades,
                rate=figures["win_rate"],
                factor=_number("profit_factor", figures["profit_factor"], words),
                r="" if isnan(figures["expectancy_r"]) else say(", {r:+.2f} R each", r=figures["expectancy_r"]),
            )
        )
    else:
        rows.append(say("No trade is closed yet"))
    if account.days >= PLAN_DAYS:
        rows.append(
            say("Sharpe {sharpe:.2f}, max drawdown {deepest:.1%}", sharpe=figures["sharpe"], deepest=figures["max_drawdown"])
        )
    return rows


def daily(accounts: Mapping[str, Sequence[DayChange]], words: Words) -> Html:
    """Return what each of the last days did to each account, the newest first."""
    if not accounts:
        return words.say("No account has traded yet")
    body: list[Html] = []
    for name, days in accounts.items():
        body.append(words.say("<b>{name}</b>", name=account_name(name, words)))
        body += [_day(day, words) for day in reversed(days)] or [words.say("No day is over yet")]
    return fit([words.say("<b>Day by day</b>, UTC, open trades at the day's last price"), ""], body, [], TEXT_LIMIT)


def _day(day: DayChange, words: Words) -> Html:
    return words.count(
        "{day}  {change:+,.2f} USDT ({share:+.2%}), {number} trade closed",
        "{day}  {change:+,.2f} USDT ({share:+.2%}), {number} trades closed",
        day.trades,
        day=words.day(day.day),
        change=day.change,
        share=day.share,
    )


def trades(ended: Sequence[EndedTrade], words: Words) -> Html:
    """Return the trades that ended last, the newest first."""
    if not ended:
        return words.say("No trade is closed yet")
    body = [
        words.say(
            "{mark} <b>{symbol}</b> {side} · {name} · {moment} · {profit:+,.2f} USDT{r}",
            mark="🟢" if trade.profit > 0 else "🔴",
            symbol=trade.symbol,
            side=words.value(trade.side),
            name=account_name(trade.account, words),
            moment=words.clock(trade.closed_at),
            profit=trade.profit,
            r="" if trade.r != trade.r else Html(" · ") + words.say("{r:+.2f} R", r=trade.r),
        )
        for trade in ended
    ]
    return fit([words.say("<b>Trades that ended last</b>, after all fees"), ""], body, [], TEXT_LIMIT)
