"""HTTP functions of market."""

from fastapi import APIRouter

router = APIRouter(tags=["market"])
