"""HTTP functions of delivery, as one router: the outbox, what Telegram says happened, the pictures."""

from fastapi import APIRouter

from functions.delivery.api import charts, outbox, updates

router = APIRouter()
for part in (outbox.router, updates.router, charts.router):
    router.include_router(part)
