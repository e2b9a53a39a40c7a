"""HTTP functions of technical."""

from fastapi import APIRouter

router = APIRouter(tags=["technical"])
