"""One spelling of every value, and the hash of a link."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.canonical import canonical_json, digest
from src.domain.history import GENESIS, link_hash

AT = datetime(2026, 11, 20, 9, 0, 0, 5, tzinfo=UTC)
LINK: dict[str, Any] = {
    "seq": 1,
    "kind": "review.submitted",
    "actor": "amara",
    "object": 'review:["x"]',
    "payload_sha256": "a" * 64,
    "at": AT,
    "prev_hash": GENESIS,
}
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_a_link_is_the_sha256_of_its_canonical_json() -> None:
    """Anybody can recompute it with nothing of ours."""
    text = (
        '["rare-review-event-1",1,"review.submitted","amara","review:[\\"x\\"]","'
        + "a" * 64 + '","2026-11-20T09:00:00.000005+00:00","' + "0" * 64 + '"]'
    )  # fmt: skip
    assert link_hash(**LINK) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("seq", 2),
        ("kind", "x"),
        ("actor", "amara "),
        ("object", "x"),
        ("payload_sha256", "b" * 64),
        ("at", AT + timedelta(microseconds=1)),
        ("prev_hash", "1" * 64),
    ],
)
def test_every_field_of_a_link_is_in_its_hash(name: str, other: object) -> None:
    """Changing any one changes the hash."""
    assert link_hash(**{**LINK, name: other}) != link_hash(**LINK)


def test_the_same_moment_in_another_zone_is_the_same_link() -> None:
    """Times count in UTC."""
    elsewhere = AT.astimezone(timezone(timedelta(hours=9)))
    assert link_hash(**{**LINK, "at": elsewhere}) == link_hash(**LINK)


def test_fields_cannot_be_shifted_into_each_other() -> None:
    """A bar between texts would let 'a|b' + 'c' equal 'a' + 'b|c'; JSON does not."""
    first = link_hash(**{**LINK, "kind": 'a","b', "actor": "c"})
    assert first != link_hash(**{**LINK, "kind": "a", "actor": 'b","c'})


@given(values)
def test_canonical_json_is_one_spelling_and_reads_back(value: Any) -> None:
    """Reading and spelling again gives the same text; the order of keys does not matter."""
    import json

    text = canonical_json(value)
    assert canonical_json(json.loads(text)) == text
    if isinstance(value, dict):
        assert digest(dict(reversed(value.items()))) == digest(value)


def test_canonical_json_never_normalises_text() -> None:
    """Composed and decomposed letters are two texts."""
    assert digest("é") != digest("e\u0301")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_json_has_no_spelling(value: float) -> None:
    """NaN would make a hash nobody else can compute."""
    with pytest.raises(ValueError, match="JSON"):
        canonical_json([value])
