"""Thirty simulated days of markets as rough as they are: every true move and every resolution is told once, and nothing else."""

import random
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from functions.polymarket.followed import choose, is_settling
from functions.polymarket.gamma import market_of, page_of
from functions.polymarket.moves import Seen, move_of
from functions.polymarket.probability import odds_of
from functions.polymarket.rules import OddsRules
from tests.sim import ManualClock
from tests.sim.sources.polymarket import Bet, BetEvent, Polymarket
from tests.sim.wire.http import Request

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
RULES = OddsRules()
HOUR = timedelta(hours=1)
HOURS = 30 * 24
MARKETS, RESOLUTIONS = 30, 20
APART = 40  # hours between two moves of one market: what lies in the window of both would be told as one


class Month:
    """What happens to each market: its level at each hour, when it moves, when it is resolved."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.bets = [self._bet(number) for number in range(MARKETS)]
        ended = self.random.sample(range(MARKETS), RESOLUTIONS)
        self.ends = {self.bets[place].id: self.random.randrange(200, HOURS - 5) for place in ended}
        self.moves: dict[tuple[str, int], float] = {}
        self.odd_at: dict[str, int] = {}
        self.level = {bet.id: self.random.uniform(0.35, 0.65) for bet in self.bets}
        for bet in self.bets:
            hour = self.random.randrange(5, 100)
            while hour < self.ends.get(bet.id, HOURS) - APART:
                self.moves[bet.id, hour] = self.random.uniform(0.16, 0.25)
                hour += self.random.randrange(APART, 300)

    def _bet(self, number: int) -> Bet:
        outcomes = ("No", "Yes") if number % 3 == 0 else ("Yes", "No")
        return Bet(f"{100 + number}", f"Will Bitcoin reach ${number + 50},000?", 0.5, NOON + 60 * 24 * HOUR, outcomes=outcomes)

    def pass_hour(self, hour: int) -> None:
        """Move every market to an hour, with one thing wrong at some of them."""
        for bet in self.bets:
            end = self.ends.get(bet.id, HOURS)
            if shift := self.moves.get((bet.id, hour)):
                self.level[bet.id] += -shift if self.level[bet.id] > 0.5 else shift
            bet.probability = self.level[bet.id] + self.random.uniform(-0.015, 0.015)
            bet.spread, bet.last_trade, bet.left_out, bet.instead = 0.02, None, frozenset(), {}
            if hour >= end:
                bet.probability, bet.closed, bet.winner = 1.0, True, "Yes" if hour > end else ""
            elif hour >= end - 3:  # traded to its end, and its result proposed
                bet.probability, bet.statuses = 0.95 + 0.01 * (hour - end + 3), ("proposed",)
            elif not any((bet.id, near) in self.moves for near in range(hour - 2, hour + 3)):
                self._spoil(bet, hour)

    def _spoil(self, bet: Bet, hour: int) -> None:
        level = bet.probability
        match self.random.randrange(40):
            case 0 if hour - self.odd_at.get(bet.id, -9) > 4:  # two alike in a row are a move by what anybody can see
                self.odd_at[bet.id] = hour
                bet.probability = self.random.uniform(0.05, 0.95)
            case 1:
                bet.spread, bet.last_trade = 0.4, 1 - level if bet.outcomes[0] == "No" else level
                bet.probability = self.random.uniform(0.3, 0.7)
            case 2:
                bet.left_out = frozenset({"bestBid", "bestAsk", "lastTradePrice", "outcomePrices"})
            case 3:
                bet.left_out, bet.instead = (
                    frozenset({"bestBid", "bestAsk"}),
                    {"lastTradePrice": 0, "outcomePrices": '["0.3", "0.25"]'},
                )
            case 4:
                bet.left_out = frozenset({"outcomes"})


class Desk:
    """The desk's own rules over the answers, with its memory in place of a database."""

    def __init__(self) -> None:
        self.history: dict[str, list[Seen]] = {}
        self.told_at: dict[str, datetime] = {}
        self.moves: list[tuple[str, datetime]] = []
        self.resolved: list[str] = []

    def read(self, market: Polymarket, at: datetime) -> None:
        """Read the first page, which has all events, and ask for what is no longer listed."""
        answer = market.answer(Request("GET", "/gamma/events/keyset", {"limit": "100"}, {}))
        assert answer
        events = [event for event in page_of(orjson.loads(answer.body)).events if event.crypto]
        followed = choose(events, self.history.keys() - set(self.resolved), RULES, at)
        odds = odds_of(events, RULES)
        for one in followed:
            if one.market.id in odds:
                seen = Seen(at, odds[one.market.id].probability, is_settling(one.market, at))
                self._note(one.market.id, seen)
        listed = {one.market.id: one.market for one in followed}
        for name in self.history.keys() - set(self.resolved):
            bet = market.bet(name)
            ended = listed.get(name) or (market_of(bet.row(), "9") if bet and "outcomes" not in bet.left_out else None)
            if ended and ended.winner:
                self.resolved.append(name)

    def _note(self, name: str, seen: Seen) -> None:
        history = self.history.setdefault(name, [])
        history.append(seen)
        move = move_of(history[-30:], self.told_at.get(name), RULES)
        if move and move.stands:
            self.moves.append((name, seen.at))
            self.told_at[name] = seen.at


@pytest.mark.parametrize("seed", range(5))
def test_month_tells_every_move_and_every_resolution_once(seed: int) -> None:
    month, desk = Month(seed), Desk()
    market = Polymarket(ManualClock(NOON), seed)
    market.wanders = False
    market.events = [BetEvent(f"9{place}", f"Event {place}", month.bets[place : place + 3]) for place in range(0, MARKETS, 3)]
    market.events.append(BetEvent("990", "Strangers", [Bet("990", "Will it rain?", 0.5, NOON + 90 * 24 * HOUR)], crypto=False))
    for hour in range(HOURS):
        month.pass_hour(hour)
        market.ordered = hour % 2 == 0
        desk.read(market, NOON + hour * HOUR)
    told = {(name, round((at - NOON) / HOUR)) for name, at in desk.moves}
    late = {(name, hour): [wait for wait in range(4) if (name, hour + wait) in told] for name, hour in month.moves}
    assert {move: waits for move, waits in late.items() if len(waits) != 1} == {}
    assert {(name, hour) for name, hour in told if not any((name, hour - wait) in month.moves for wait in range(4))} == set()
    assert len(desk.moves) == len(month.moves)
    assert sorted(desk.resolved) == sorted(month.ends)
