"""Addresses of images that only the person they were made for can use, for a day or two."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import date, timedelta
from urllib.parse import urlencode

PREFIX = "/img"
_VALID = timedelta(days=1)


def address(secret: bytes, sha256: str, size: str, person_id: str, day: date) -> str:
    """Return the path and query under which a person gets an image on a day.

    It is the same all day, so that the browser keeps what it has loaded.
    """
    return f"{PREFIX}/{sha256}/{size}?{sign(secret, sha256, size, person_id, day)}"


def sign(secret: bytes, sha256: str, size: str, person_id: str, day: date) -> str:
    """Return the query that proves the address is ours: person, day and signature."""
    signature = _signature(secret, sha256, size, person_id, day.isoformat())
    return urlencode({"p": person_id, "d": day.isoformat(), "s": signature})


def check(
    secret: bytes, sha256: str, size: str, person_id: str, day: str, signature: str, today: date
) -> bool:
    """Tell whether an address is ours, unchanged, and of today or yesterday.

    It says nothing of the person: whether they are still active is for the route to ask.
    """
    genuine = _signature(secret, sha256, size, person_id, day)
    if not hmac.compare_digest(genuine.encode(), signature.encode("utf-8", "replace")):
        return False
    return timedelta(0) <= today - date.fromisoformat(day) <= _VALID


def _signature(secret: bytes, sha256: str, size: str, person_id: str, day: str) -> str:
    """Sign the parts as a JSON list: joined bare, two different lists could read the same."""
    if not secret:
        raise ValueError("an image address needs a secret to be signed with")
    message = json.dumps(["image-address-1", sha256, size, person_id, day]).encode()
    digest = hmac.new(secret, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
