"""Evidence links tell themselves apart by their type, and hold nothing unknown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from src.domain.evidence import EvidenceLink, ImageBox, TextSpan, WholeImage, span_of

LINK: TypeAdapter[EvidenceLink] = TypeAdapter(EvidenceLink)
SHA = "a" * 64


@pytest.mark.parametrize(
    ("given_link", "kind"),
    [
        ({"type": "image", "sha256": SHA}, WholeImage),
        ({"type": "box", "sha256": SHA, "x": 0, "y": 0, "width": 1, "height": 1}, ImageBox),
        (
            {
                "type": "span",
                "field": "context",
                "start": 0,
                "end": 1,
                "quote": "B",
                "text_sha256": SHA,
            },
            TextSpan,
        ),
    ],
)
def test_each_type_is_read_as_what_it_is(given_link: dict[str, Any], kind: type) -> None:
    """And written again as it was."""
    link = LINK.validate_python(given_link)
    assert isinstance(link, kind)
    assert given_link.items() <= LINK.dump_python(link).items()


@pytest.mark.parametrize(
    "given_link",
    [
        {"sha256": SHA},
        {"type": "circle", "sha256": SHA},
        {"type": "image", "sha256": "A" * 64},
        {"type": "image", "sha256": SHA + "0"},
        {"type": "image", "sha256": SHA, "x": 1},
    ],
)
def test_anything_else_is_no_evidence(given_link: dict[str, Any]) -> None:
    """Unknown types, wrong hashes and unknown fields are refused."""
    with pytest.raises(ValidationError):
        LINK.validate_python(given_link)


@given(st.text(min_size=1), st.data())
def test_a_span_and_its_surroundings_stand_in_the_text(text: str, data: st.DataObject) -> None:
    """Prefix, quote and suffix, put together, are a stretch of the text as it is."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    span = span_of("context", text, start, end)
    stretch = span.prefix + span.quote + span.suffix
    assert text[start - len(span.prefix) :].startswith(stretch)
    assert (len(span.prefix), len(span.suffix)) == (min(30, start), min(30, len(text) - end))
