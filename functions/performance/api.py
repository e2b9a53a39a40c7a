"""HTTP: what an account did, and how far the desk is from what the plan asks for."""

from typing import Annotated

from fastapi import APIRouter, Query

from functions.edge import Config, Database, moment
from functions.moments import AsOf
from functions.paper.accounts import DESK
from functions.performance.answers import PerformanceAnswer, ReadinessAnswer
from functions.performance.run.figures import read_performance
from functions.performance.run.readiness import read_readiness

router = APIRouter(tags=["performance"])


@router.get("/performance")
def performance(
    settings: Config,
    database: Database,
    account: Annotated[str, Query(max_length=40)] = DESK.name,
    since: AsOf = None,
    as_of: AsOf = None,
) -> PerformanceAnswer:
    """Give every figure of an account over whole UTC days, each with its formula, its interval and Bitcoin's beside it."""
    return read_performance(account, since, moment(as_of, settings), settings, database)


@router.get("/readiness")
def readiness(settings: Config, database: Database, as_of: AsOf = None) -> ReadinessAnswer:
    """Tell how far the desk is from the plan and from real money, and how much of it a coin toss shows as well."""
    at = moment(as_of, settings)
    return ReadinessAnswer.of(at, read_readiness(settings, database, at))
