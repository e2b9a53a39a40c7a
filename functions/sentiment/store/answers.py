"""The SQL of what a language model answered, and of what its days may cost."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import llm_answer


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """An answer as it is kept; the fields are the columns of `llm_answer`."""

    model: str
    prompt_hash: str
    text_hash: str
    prompt_version: str
    words: str
    subjects: Sequence[str]
    answer: str
    unusable: str
    input_tokens: int
    output_tokens: int
    cost: Decimal
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Price:
    """What calls take: tokens of both ways, and USD."""

    tokens: int
    cost: Decimal


_COLUMNS = [llm_answer.c[name] for name in ModelAnswer.__dataclass_fields__]
_OPEN_DAY = text("INSERT INTO llm_day (day, calls, tokens, cost) VALUES (:day, 0, 0, 0) ON CONFLICT DO NOTHING")
_RESERVE = text("""
    UPDATE llm_day SET calls = calls + 1, tokens = tokens + :tokens, cost = cost + :cost
    WHERE day = :day AND tokens + :tokens <= :most_tokens AND cost + :cost <= :most_cost
""")
_CORRECT = text("UPDATE llm_day SET tokens = tokens + :tokens, cost = cost + :cost WHERE day = :day")


def kept_answers(connection: Connection, model: str, prompt_hash: str, text_hashes: Sequence[str]) -> dict[str, ModelAnswer]:
    """Return what a model answered to these texts before, by the texts' hashes."""
    asked = (llm_answer.c.model == model) & (llm_answer.c.prompt_hash == prompt_hash)
    rows = connection.execute(select(*_COLUMNS).where(asked & llm_answer.c.text_hash.in_(text_hashes)))
    return {row["text_hash"]: ModelAnswer(**row) for row in rows.mappings()}


def keep_answer(connection: Connection, answer: ModelAnswer) -> None:
    """Keep an answer; the first one to the same text stays."""
    row = {**asdict(answer), "subjects": list(answer.subjects)}
    connection.execute(insert(llm_answer).values(row).on_conflict_do_nothing())


def usable_answers(connection: Connection, prompt_hash: str) -> list[ModelAnswer]:
    """Return what every model answered to a prompt and was not thrown away, oldest first."""
    usable = (llm_answer.c.prompt_hash == prompt_hash) & (llm_answer.c.unusable == "")
    rows = connection.execute(select(*_COLUMNS).where(usable).order_by(llm_answer.c.first_seen_at, llm_answer.c.text_hash))
    return [ModelAnswer(**row) for row in rows.mappings()]


def reserve(connection: Connection, day: date, price: Price, most: Price) -> bool:
    """Take the price of one call from a day's budget; False when the day does not hold it.

    Args:
        connection: in a transaction of the caller's, ended before the call.
        day: UTC.
        price: at most what the call takes.
        most: what the day may take.
    """
    connection.execute(_OPEN_DAY, {"day": day})
    asked = {"day": day, "tokens": price.tokens, "cost": price.cost, "most_tokens": most.tokens, "most_cost": most.cost}
    return connection.execute(_RESERVE, asked).rowcount == 1


def correct(connection: Connection, day: date, reserved: Price, spent: Price) -> None:
    """Put what a call took in the place of what was reserved for it."""
    by = {"day": day, "tokens": spent.tokens - reserved.tokens, "cost": spent.cost - reserved.cost}
    connection.execute(_CORRECT, by)


def spent_on(connection: Connection, day: date) -> Price:
    """Return what a day has taken so far."""
    row = connection.execute(text("SELECT tokens, cost FROM llm_day WHERE day = :day"), {"day": day}).one_or_none()
    return Price(row.tokens, row.cost) if row else Price(0, Decimal(0))
