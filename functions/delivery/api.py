"""HTTP functions of delivery, as one router: the outbox, what Telegram says happened, the pictures."""

from fastapi import APIRouter

from functions.delivery.inbox.api import router as updates
from functions.delivery.messages.api import router as charts
from functions.delivery.outbox.api import router as outbox

router = APIRouter()
for part in (outbox, updates, charts):
    router.include_router(part)
