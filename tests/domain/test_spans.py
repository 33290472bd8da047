"""Marked text written by hand is made whole, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from src.domain.errors import BadInputError
from src.domain.evidence import span_of
from src.domain.spans import with_whole_spans
from tests.domain.things import make_item

ITEM = make_item()
CONTEXT = ITEM.content.context


def whole(**span: Any) -> dict[str, Any]:
    """Return a span made whole inside a review."""
    given = {"claims": [{"claim_id": "c1", "evidence": [{"type": "span", **span}]}]}
    found: dict[str, Any] = with_whole_spans(ITEM, given)["claims"][0]["evidence"][0]
    return found


def test_a_quote_is_found_in_its_field() -> None:
    """The same span as from its range, in code points."""
    start = CONTEXT.index("both shins")
    expected = span_of("context", CONTEXT, start, start + 10).model_dump(mode="json")
    assert whole(field="context", quote="both shins") == expected
    assert whole(field="context", start=start, end=start + 10) == expected
    assert whole(field="context", start=start, end=start + 10, quote="both shins") == expected


def test_a_complete_span_is_left_to_be_checked_like_all_others() -> None:
    """Nothing is repaired in silence."""
    given = span_of("context", CONTEXT, 0, 4).model_dump(mode="json") | {"quote": "Nose"}
    assert whole(**given)["quote"] == "Nose"


@pytest.mark.parametrize(
    "span",
    [
        {"field": "nowhere", "quote": "x"},
        {"field": "context", "quote": "not there"},
        {"field": "context", "quote": ""},
        {"field": "context", "quote": "i"},
        {"field": "context", "start": 5, "end": 5},
        {"field": "context", "start": 0, "end": 10_000},
        {"field": "context", "start": "a", "end": 3},
        {"field": "context", "start": 0, "end": 4, "quote": "Nose"},
        {"field": "context"},
        {},
    ],
)
def test_a_span_that_cannot_be_found_is_refused(span: dict[str, Any]) -> None:
    """Missing, ambiguous, empty or contradictory."""
    with pytest.raises(BadInputError):
        whole(**span)


def test_everything_else_in_a_review_stays_as_it_is() -> None:
    """Also what looks a little like a span."""
    given = {"comment": "x", "flags": [{"place": {"image": 1}}], "checks": {"unsafe": "no"}}
    assert with_whole_spans(ITEM, given) == given
