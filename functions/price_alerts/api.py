"""HTTP: set, show, remove and check price alerts. Every call may be repeated."""

from typing import Annotated

from fastapi import APIRouter, Query

from functions.edge import Config, Database, moment
from functions.moments import AsOf
from functions.price_alerts import store
from functions.price_alerts.messages import Alerts, AlertShown, Checked, CheckRequest, RemoveRequest, SetRequest
from functions.price_alerts.run import alerts
from functions.price_alerts.run.checking import check_alerts

router = APIRouter(prefix="/price-alerts", tags=["price alerts"])
Chat = Annotated[int | None, Query(ge=-(2**62), le=2**62, description="whose alerts; without it those for every chat")]


@router.post("")
def set_alert(request: SetRequest, settings: Config, database: Database) -> AlertShown:
    """Set an alert at a price, or some percent away from the latest one; it fires once, when the market comes there."""
    with database.begin() as connection:
        return AlertShown.of(alerts.set_alert(connection, request, moment(request.as_of, settings), settings.price_alerts))


@router.get("")
def show_alerts(settings: Config, database: Database, chat: Chat = None, as_of: AsOf = None) -> Alerts:
    """Show the alerts that wait, oldest first."""
    with database.connect() as connection:
        waiting = store.waiting_alerts(connection, chat)
    return Alerts(as_of=moment(as_of, settings), alerts=[AlertShown.of(alert) for alert in waiting])


@router.post("/remove")
def remove_alert(request: RemoveRequest, settings: Config, database: Database) -> AlertShown:
    """Remove an alert that waits."""
    with database.begin() as connection:
        at = moment(request.as_of, settings)
        return AlertShown.of(alerts.remove_alert(connection, request.alert_id, request.chat, at))


@router.post("/check")
def check(settings: Config, database: Database, request: CheckRequest | None = None) -> Checked:
    """Fire the alerts whose price was reached, by the touches and candles since the last check; harmless to repeat."""
    request = request or CheckRequest()
    return check_alerts(database, moment(request.as_of, settings), request.symbols)
