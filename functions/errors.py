"""Every error Quorum raises on purpose, by what the caller should do about it.

    QuorumError
    ├── InputRejected   422  the request is wrong; correct it
    ├── NotAllowed      401  say who you are
    ├── NotFound        404  there is no such thing
    ├── Conflict        409  it is already so, or somebody else holds it
    ├── RetryLater      503  nothing is wrong with the request; come back after `retry_after` seconds
    └── Broken          500  a promise of ours does not hold; a person must look

Over HTTP each becomes `application/problem+json` (RFC 9457) with a stable `code`; on the command line one line and an exit code.
"""

from collections.abc import Mapping
from typing import ClassVar


class QuorumError(Exception):
    """An error with a stable code for machines and one sentence for a person.

    Args:
        code: stable, lower case with underscores, e.g. `unknown_symbol`.
        detail: what was expected, what came, and the next step where there is one.
        figures: what a translated sentence needs of the detail, as it is shown.
    """

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, detail: str, *, figures: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.figures = dict(figures or {})


class InputRejected(QuorumError):
    """The request is wrong; the same request will never succeed."""

    status = 422
    exit_code = 2


class NotAllowed(QuorumError):
    """The caller did not prove who it is."""

    status = 401
    exit_code = 3


class NotFound(QuorumError):
    """What was asked for does not exist."""

    status = 404
    exit_code = 4


class Conflict(QuorumError):
    """The state forbids it: already done otherwise, or held by somebody else."""

    status = 409
    exit_code = 5


class RetryLater(QuorumError):
    """A part that is needed is away for now."""

    status = 503
    exit_code = 75  # EX_TEMPFAIL

    def __init__(self, code: str, detail: str, retry_after: float = 5.0, *, figures: Mapping[str, str] | None = None) -> None:
        super().__init__(code, detail, figures=figures)
        self.retry_after = retry_after


class Broken(QuorumError):
    """A promise of ours does not hold."""

    status = 500
    exit_code = 70  # EX_SOFTWARE
