"""HTTP functions of delivery."""

from fastapi import APIRouter

router = APIRouter(tags=["delivery"])
