"""Marked text written by hand: a field and a quote, or a field and a range, made whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from src.domain.errors import BadInputError
from src.domain.evidence import span_of
from src.domain.item import Item


def with_whole_spans(item: Item, review: Mapping[str, Any]) -> dict[str, Any]:
    """Return a review in which every span of evidence or leakage is complete.

    A span may be given as field and quote (which must occur exactly once) or as field, start
    and end; quote, surroundings and hash are filled in. Complete spans stay as they are, to be
    checked like all others. Raises BadInputError when a span cannot be found.
    """
    return {key: _whole(item, value) for key, value in review.items()}


def _whole(item: Item, value: Any) -> Any:
    if isinstance(value, list):
        return [_whole(item, entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "span" and "text_sha256" not in value:
        return _span(item, value)
    return {key: _whole(item, entry) for key, entry in value.items()}


def _span(item: Item, given: dict[str, Any]) -> dict[str, Any]:
    field, quote = str(given.get("field", "")), given.get("quote")
    text = item.content.text_of(field)
    if text is None:
        raise BadInputError(f"The item has no field {field!r} to mark text in.")
    start, end = given.get("start"), given.get("end")
    if start is None and isinstance(quote, str):
        if not quote or text.count(quote) != 1:
            raise BadInputError(f"The quote {quote!r} does not occur exactly once in {field!r}.")
        start, end = text.index(quote), text.index(quote) + len(quote)
    try:
        span = span_of(field, text, int(start or 0), int(end or 0))
    except (ValueError, TypeError) as error:
        raise BadInputError(f"The span in {field!r} is not inside its text: {error}") from error
    if isinstance(quote, str) and quote != span.quote:
        raise BadInputError(f"The quote {quote!r} is not what {field!r} says there.")
    return span.model_dump(mode="json")
