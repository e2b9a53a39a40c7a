"""Judging the headlines of a reading of the feeds, and what they come to for each coin and the market."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from functions.factors.reading import MARKET
from functions.factors.store import write_readings
from functions.logs import get_logger
from functions.pairs import QUOTE
from functions.sentiment import store
from functions.sentiment.classifier.embedding import EmbeddingRoom
from functions.sentiment.classifier.lexicon import LexiconRoom
from functions.sentiment.classifier.opinion import Question, Room, ask
from functions.sentiment.coins.clauses import said_of_coins
from functions.sentiment.judged import judged
from functions.sentiment.news import NewsItem
from functions.sentiment.run.heads import head_in_use
from functions.sentiment.run.llm import LlmRoom
from functions.sentiment.run.shifts import tell_shifts
from functions.sentiment.scores.score import Score, reading, score
from functions.sentiment.scores.statement import MoodRules
from functions.sentiment.text.plain import plain
from functions.settings import Settings

MOST_AT_ONCE = 200  # headlines, the newest; a feed brings the others again an hour later
log = get_logger("sentiment")


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """What became of a batch: rows that are new, readings written, shifts told, and why rooms that are closed said nothing."""

    new: int
    readings: int
    shifts: int
    closed: dict[str, str]


def rooms(settings: Settings, engine: Engine, as_of: datetime) -> list[Room]:
    """Return who judges headlines, the best first: the language model only where one is set."""
    model: list[Room] = [LlmRoom(settings, engine, as_of)] if settings.llm_model else []
    return [*model, EmbeddingRoom(head_in_use(engine)), LexiconRoom()]


def judge(settings: Settings, engine: Engine, items: Sequence[NewsItem], as_of: datetime, rules: MoodRules) -> JudgedBatch:
    """Judge the headlines that are not judged yet, and write what all of them come to at a moment as readings.

    The judging holds no connection: it may take seconds.
    """
    with engine.connect() as connection:
        coins = store.traded_coins(connection, QUOTE)
        known = store.judged_keys(connection, [item.key for item in items])
    newest = sorted((item for item in items if item.key not in known), key=lambda item: item.published_at, reverse=True)
    waiting = {item.key: item for item in newest[:MOST_AT_ONCE]}
    asked = [(item, question) for item in waiting.values() for question in _questions(item, coins)]
    answers = ask(rooms(settings, engine, as_of), [question for _, question in asked])
    rows = [
        judged(item, question.coin, answer) for (item, question), answer in zip(asked, answers.answers, strict=True) if answer
    ]
    with engine.begin() as connection:
        store.lock_news(connection)  # of two batches at once each tells the shifts that the other has not
        new = store.write_judged(connection, rows)
        scores = scores_at(connection, as_of, rules)
        readings = [reading(said, coin if coin == MARKET else f"{coin}{QUOTE}", as_of, rules) for coin, said in scores.items()]
        written = write_readings(connection, readings, seen_at=as_of)
        shifts = tell_shifts(connection, scores_at(connection, as_of - rules.shift_span, rules), scores, as_of, rules)
    if answers.closed:
        log.warning("headlines are judged by the next room", closed=answers.closed)
    return JudgedBatch(new=new, readings=written.new, shifts=shifts, closed=answers.closed)


def scores_at(connection: Connection, as_of: datetime, rules: MoodRules) -> dict[str, Score]:
    """Return the score of each coin, and of the market as `MARKET`, that anything is said of at a moment."""
    by_coin = store.statements(connection, as_of, rules.horizon)
    scored = {coin: score(statements, as_of, rules) for coin, statements in sorted(by_coin.items())}
    return {coin: said for coin, said in scored.items() if said}


def _questions(item: NewsItem, coins: frozenset[str]) -> list[Question]:
    headline = plain(item.title)
    of_coins = (Question(headline, said.coin, said.words) for said in said_of_coins(headline, coins))
    return [Question.of_market(headline), *of_coins]
