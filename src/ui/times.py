"""Moments as the reader's clock shows them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def to_the_second(moment: datetime) -> str:
    """Return the time of day, '09:41:07', in the browser's time zone."""
    return moment.astimezone(_zone()).strftime("%H:%M:%S")


def to_the_minute(moment: datetime) -> str:
    """Return '09:41' for today, '2026-11-20 09:41' for any other day."""
    local = moment.astimezone(_zone())
    today = datetime.now(_zone()).date()
    return local.strftime("%H:%M" if local.date() == today else "%Y-%m-%d %H:%M")


def dated(moment: datetime) -> str:
    """Return '2026-11-20 09:41', as records show it, in the browser's time zone."""
    return moment.astimezone(_zone()).strftime("%Y-%m-%d %H:%M")


def _zone() -> tzinfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
