"""Reasons as facts: a stable code with its parameters, and the English sentence made from them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel


class Codes(StrEnum):
    """The reasons of one capability: each member is a code, and the English sentence its parameters go into.

    A code never changes its meaning: what is stored keeps it, and texts in other languages hang on it.
    """

    sentence: str

    def __new__(cls, code: str, sentence: str) -> Self:
        """Make the member `code`, whose sentence has its parameters in braces."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.sentence = sentence
        return member


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its code and what it is about, which may be another reason."""

    code: Codes
    parameters: tuple[tuple[str, "Parameter"], ...] = ()

    def __str__(self) -> str:
        """Return the English sentence, as one that this reason is about has it."""
        return self.text

    @property
    def text(self) -> str:
        """Return the English sentence."""
        return self.code.sentence.format(**dict(self.parameters))

    def as_json(self) -> dict[str, Any]:
        """Return the reason as it is stored and sent: `code`, `params`, `text`."""
        parameters = {name: value.as_json() if isinstance(value, Reason) else value for name, value in self.parameters}
        return {"code": self.code.value, "params": parameters, "text": self.text}


Parameter = str | int | float | Reason


class Why(BaseModel):
    """A reason as it is stored and sent: `text` is the English sentence made of `code` and `params`."""

    code: str
    params: dict[str, Any]
    text: str

    @classmethod
    def of(cls, code: Codes, **parameters: Parameter) -> Self:
        """Make one anew."""
        return cls.model_validate(reason(code, **parameters).as_json())


def reason(code: Codes, **parameters: Parameter) -> Reason:
    """Make a reason."""
    return Reason(code, tuple(parameters.items()))
