"""One spelling for every value, so that the same value always has the same sha256."""

from __future__ import annotations

import hashlib
import json

from pydantic import JsonValue

__all__ = ["JsonValue", "canonical_json", "digest", "text_sha256"]


def canonical_json(value: object) -> str:
    """Return the one JSON spelling of a value: sorted keys, no spaces, text exactly as it is.

    In the manner of RFC 8785, but text is never normalised. Raises ValueError for NaN and
    infinities, which are not JSON, and TypeError for what JSON cannot hold.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(value: object) -> str:
    """Return the sha256 of the canonical JSON of a value, as 64 hex digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def text_sha256(text: str) -> str:
    """Return the sha256 of a text's UTF-8 bytes, as 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()
