"""Research of the largest coins by an agent behind an OpenClaw gateway.

It gets public headlines: no key of the desk, and no database.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, Engine

from functions.clock import wall_now
from functions.factors.reading import FactorReading
from functions.factors.store import newest_readings, write_readings
from functions.logs import get_logger
from functions.market.store import latest_universe, read_universe
from functions.market.universe import top
from functions.outgoing import note_failure, note_success
from functions.outgoing.chat import ModelAddress, ModelClient, Prompt
from functions.pairs import QUOTE
from functions.sentiment import store
from functions.sentiment.model.headline import prompt_hash
from functions.sentiment.model.marking import new_marker
from functions.sentiment.model.verdict import Unusable, Verdict
from functions.sentiment.research.finding import SOURCE, finding, reading
from functions.sentiment.research.task import INSTRUCTIONS, SCHEMA, VERSION, ResearchRules, ResearchTask
from functions.sentiment.run.asking import Asking, unfinished
from functions.sentiment.store import ModelAnswer
from functions.settings import Settings

TRY_SECONDS = 90.0  # an agent searches before it answers; a client that goes away ends its run
SECONDS = 20.0  # after which no further coin is asked about: the next call does the rest
AT_ONCE, MOST_IN_A_ROW = 4, 3
MOST_TOKENS = 2_000
log = get_logger("sentiment")


@dataclass(frozen=True, slots=True)
class Researched:
    """What became of a call.

    Attributes:
        coins: whose research was stored.
        readings: that came of it; an abstention is none.
        left: coins that are due and not researched.
        closed: why, in one sentence; empty when nothing went wrong.
    """

    coins: Sequence[str] = ()
    readings: int = 0
    left: int = 0
    closed: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """A coin's answer as it is kept, and the verdict in it where there is one."""

    coin: str
    kept: ModelAnswer
    verdict: Verdict | None


def research(settings: Settings, engine: Engine, as_of: datetime, rules: ResearchRules) -> Researched:
    """Ask the agent about the largest coins that were not researched in this stretch of time; without a gateway about none."""
    if not settings.openclaw_url:
        return Researched(closed="OPENCLAW_URL is not set: there is no research")
    with engine.connect() as connection:
        tasks = _due(connection, settings.openclaw_agent, as_of, rules)
    if not tasks:
        return Researched()
    address = ModelAddress(
        name=SOURCE,
        url=settings.openclaw_url,
        key=settings.openclaw_token.get_secret_value(),
        model=settings.openclaw_agent,
        seconds=TRY_SECONDS,
        tries=1,  # the gateway tries again itself
    )
    asking = Asking(address, at_once=AT_ONCE, most_in_a_row=MOST_IN_A_ROW, seconds=SECONDS)
    found = [one for one in asking.each(tasks, lambda model, task: _ask(model, address.model, task, as_of)) if one]
    return _keep(engine, found, len(tasks), asking.closed, as_of, rules)


def newest(connection: Connection, as_of: datetime, coins: Sequence[str]) -> list[FactorReading]:
    """Return what research said last of coins as known at a moment; it may be stale."""
    said = newest_readings(connection, [f"{coin}{QUOTE}" for coin in coins], as_of)
    return [one for one in said if one.source == SOURCE]


def largest_coins(connection: Connection, as_of: datetime, count: int) -> list[str]:
    """Return the base coins with the largest turnover as known at a moment, without pegged and leveraged ones."""
    day = latest_universe(connection, as_of)
    ranked = read_universe(connection, day, as_of) if day else []
    return [symbol.removesuffix(QUOTE) for symbol in top(ranked, count)]


def _due(connection: Connection, agent: str, as_of: datetime, rules: ResearchRules) -> list[ResearchTask]:
    begin = rules.begin(as_of)
    tasks = {
        task.text_hash: task for task in (ResearchTask(coin, begin) for coin in largest_coins(connection, as_of, rules.coins))
    }
    done = store.kept_answers(connection, agent, _prompt(), list(tasks))
    return [
        ResearchTask(task.coin, begin, store.told_of(connection, task.coin, as_of, rules.within, rules.headlines))
        for key, task in tasks.items()
        if key not in done
    ]


def _ask(model: ModelClient, agent: str, task: ResearchTask, as_of: datetime) -> _Found:
    marker = new_marker()
    completion = model.ask(Prompt(INSTRUCTIONS, task.text(marker), SCHEMA, MOST_TOKENS))
    unusable, verdict = unfinished(completion), None
    if not unusable:
        try:
            verdict = finding(completion.text, task.coin, marker)
        except Unusable as reason:
            unusable = str(reason)
    kept = ModelAnswer(
        model=agent,
        prompt_hash=_prompt(),
        text_hash=task.text_hash,
        prompt_version=VERSION,
        words=f"{task.coin} {task.begin:%Y-%m-%d %H:%M}",
        subjects=[task.coin],
        answer=completion.text.replace("\x00", ""),
        unusable=unusable,
        input_tokens=completion.input_tokens or 0,
        output_tokens=completion.output_tokens or 0,
        cost=Decimal(0),  # the gateway's owner pays, and sees, what it spends
        first_seen_at=as_of,
    )
    return _Found(task.coin, kept, verdict)


def _keep(engine: Engine, found: Sequence[_Found], due: int, closed: str, as_of: datetime, rules: ResearchRules) -> Researched:
    said = [(one.coin, one.verdict) for one in found if one.verdict]
    readings = [one for coin, verdict in said if (one := reading(verdict, f"{coin}{QUOTE}", as_of, rules))]
    thrown = Counter(one.kept.unusable for one in found if one.kept.unusable)
    if thrown and not closed:
        closed = f"{thrown.total()} of {len(found)} answers were thrown away, most because {thrown.most_common(1)[0][0]}"
    with engine.begin() as connection:
        for answer in found:
            store.keep_answer(connection, answer.kept)
        written = write_readings(connection, readings, seen_at=as_of)
        if said:
            note_success(connection, SOURCE, wall_now())
        elif closed:
            note_failure(connection, SOURCE, wall_now(), closed)
    if closed:
        log.warning("research is not complete", reason=closed, left=due - len(found))
    return Researched([one.coin for one in found], written.new, due - len(found), closed)


def _prompt() -> str:
    return prompt_hash(INSTRUCTIONS, SCHEMA)
