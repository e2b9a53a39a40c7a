"""What calls of the model may cost in a day: the budget is taken before a call and corrected after it, whoever else calls."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from sqlalchemy import Engine

from functions.clock import wall_now
from functions.outgoing.chat import Completion, Prompt
from functions.sentiment import store
from functions.sentiment.store import Price
from functions.settings import Settings

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Purse:
    """A day's budget and the prices.

    Args:
        most: of a UTC day.
        input_price, output_price: USD of a million tokens.
    """

    most: Price
    input_price: Decimal
    output_price: Decimal

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the purse of the settings."""
        return cls(
            most=Price(settings.llm_daily_tokens, settings.llm_daily_usd),
            input_price=settings.llm_input_price,
            output_price=settings.llm_output_price,
        )

    def price(self, input_tokens: int, output_tokens: int) -> Price:
        """Return what so many tokens take."""
        cost = (input_tokens * self.input_price + output_tokens * self.output_price) / _MILLION
        return Price(input_tokens + output_tokens, cost)

    def most_of(self, prompt: Prompt) -> Price:
        """Return the most that one call takes: a token has two bytes and more."""
        written = len(prompt.instructions.encode()) + len(prompt.text.encode(errors="replace")) + len(str(prompt.schema))
        return self.price(written // 2, prompt.most_tokens)

    def open(self, engine: Engine, price: Price) -> date | None:
        """Take the price of a call out of today's budget; return the day, None when it is spent."""
        day = wall_now().date()
        with engine.begin() as connection:
            return day if store.reserve(connection, day, price, self.most) else None

    def settle(self, engine: Engine, day: date, reserved: Price, completion: Completion) -> Price:
        """Put what a call took in the place of what was reserved; each earlier try may have taken all of that."""
        spent = self.spent(reserved, completion)
        again = completion.tries - 1
        total = Price(spent.tokens + again * reserved.tokens, spent.cost + again * reserved.cost)
        with engine.begin() as connection:
            store.correct(connection, day, reserved, total)
        return spent

    def spent(self, reserved: Price, completion: Completion) -> Price:
        """Return what the answer took, as far as the server says it."""
        if completion.input_tokens is None or completion.output_tokens is None:
            return reserved
        return self.price(completion.input_tokens, completion.output_tokens)

    def words(self) -> str:
        """Return that the budget is spent, in one sentence."""
        return f"the day's budget of {self.most.tokens:,} tokens and {self.most.cost:f} USD is spent, until 00:00 UTC"
