"""The HTTP functions, mounted into one application: `uvicorn functions.app:create_app --factory`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Response
from fastapi.concurrency import run_in_threadpool
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from db.away import DATABASE_AWAY
from db.connect import engine_for
from functions.backtest.api import router as backtest
from functions.backtest.parity.run import note_rules
from functions.backtest.run.settings import rules_of
from functions.core.api import router as core
from functions.delivery.api import router as delivery
from functions.delivery.store.recipients import keep_allowed
from functions.digest.api import router as digest
from functions.dips.api import router as dips
from functions.edge import problems, reference, require_token
from functions.edge.parameters import refuse_unknown
from functions.edge.refusals import RecentRefusal
from functions.edge.requests import RequestEnvelope
from functions.listings.api import router as listings
from functions.logs import configure_logs, get_logger
from functions.logs.database import database_words
from functions.market.api import router as market
from functions.market.run.candle_cache import CandleCache
from functions.onchain.api import router as onchain
from functions.outcomes.api import router as outcomes
from functions.panes.api import router as panes
from functions.paper.api import router as paper
from functions.performance.api import router as performance
from functions.polymarket.api import router as polymarket
from functions.price_alerts.api import router as price_alerts
from functions.scoring.api import router as scoring
from functions.screener.api import router as screener
from functions.sentiment.api import router as sentiment
from functions.settings import Settings, get_settings
from functions.status.api import open_router as health
from functions.status.api import router as status
from functions.technical.api import router as technical
from functions.technical.run.turns import ScanTurns
from functions.warm import warm_soon
from functions.whales.api import router as whales

log = get_logger("functions")


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application; nothing is connected until the first request."""
    settings = settings or get_settings()
    configure_logs(settings.log_format, settings.log_level, settings.secrets)
    app = FastAPI(title="Quorum functions", version="0.1.0", lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.settings = settings
    app.state.engine = engine_for(settings.database("functions"), application="quorum-functions")
    app.state.candle_cache = CandleCache(app.state.engine)
    app.state.scan_turns = ScanTurns()
    app.state.refusal = RecentRefusal()
    problems.install(app)
    reference.install(app)
    desk = (market, technical, scoring, screener, listings, digest, paper, outcomes, performance, panes, delivery, status)
    for router in (*desk, price_alerts, sentiment, onchain, whales, polymarket, backtest, dips, core):
        allowed = [Depends(require_token), Depends(refuse_unknown)]
        app.include_router(router, dependencies=allowed, responses=problems.RESPONSES)
    app.include_router(health, responses={503: problems.RESPONSES[503]})
    app.add_api_route("/metrics", _metrics, include_in_schema=False)
    app.add_middleware(RequestEnvelope)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    warming = warm_soon()
    await run_in_threadpool(_note_settings, app)
    yield
    warming.cancel()
    app.state.engine.dispose()


def _note_settings(app: FastAPI) -> None:
    """Write the allowed chats and the desk's rules into the database; when it is away, the first claim and parity write them."""
    settings: Settings = app.state.settings
    try:
        keep_allowed(app.state.engine, settings.telegram_chat_ids)
        note_rules(app.state.engine, rules_of(settings), settings.clock.now())
    except DATABASE_AWAY as error:
        log.warning("the settings are not written down yet", error=database_words(error))


def _metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
