"""What an agent's answer comes to: one verdict, held to its schema, and the reading of bounded weight that it makes."""

from datetime import datetime

from pydantic import ValidationError

from functions.factors.reading import Factor, FactorReading
from functions.sentiment.model.verdict import Stated, Unusable, Verdict, guard, problem
from functions.sentiment.research.task import INSTRUCTIONS, ResearchRules

SOURCE = "openclaw"


def finding(answer: str, coin: str, marker: str) -> Verdict:
    """Return the verdict on a coin.

    Raises:
        Unusable: the answer repeats the marker or the instructions, is no JSON of the schema, or is about another coin.
    """
    try:
        stated = Stated.model_validate_json(answer)
    except ValidationError as error:
        guard(answer, answer, marker, INSTRUCTIONS)
        raise Unusable(problem(error)) from None
    guard(answer, stated.model_dump_json(), marker, INSTRUCTIONS)
    if stated.subject != coin:
        raise Unusable("it is about another coin")
    return stated.verdict()


def reading(found: Verdict, symbol: str, as_of: datetime, rules: ResearchRules) -> FactorReading | None:
    """Return a verdict as a reading of the sentiment factor; None where it is an abstention.

    It stands for one publisher, whatever the agent has read, so that it completes no consensus.
    """
    if not found.opinion.speaks:
        return None
    return FactorReading(
        symbol=symbol,
        factor=Factor.SENTIMENT,
        source=SOURCE,
        value=found.opinion.value,
        confidence=min(found.opinion.confidence, rules.most_confidence),
        as_of=as_of,
        stale_at=as_of + rules.life,
        evidence={"summary": found.summary, "factors": list(found.factors)},
        publishers=1,
    )
