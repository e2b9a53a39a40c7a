"""HTTP functions of delivery, as one router: the outbox, what Telegram says happened, the pictures."""

from fastapi import APIRouter

from functions.delivery.charts_api import router as charts
from functions.delivery.outbox_api import router as outbox
from functions.delivery.updates_api import router as updates

router = APIRouter()
for part in (outbox, updates, charts):
    router.include_router(part)
