"""Guidelines as values: what changed between versions, and Markdown without pictures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.errors import BadInputError
from src.domain.guideline import LONGEST, changed_passages, checked_text, without_images


def test_only_the_paragraphs_that_changed_are_named() -> None:
    """One reworded, one taken out, one new; what stayed is not among them."""
    before = "# Reading\n\nLook first.\n\nJudge each claim.\n\nAsk if unsure."
    after = "# Reading\n\nLook at every image first.\n\nJudge each claim.\n\nNever guess.\n\nRest."

    found = [(passage.before, passage.after) for passage in changed_passages(before, after)]

    assert found == [
        ("Look first.", "Look at every image first."),
        ("Ask if unsure.", "Never guess.\n\nRest."),
    ]


def test_a_text_does_not_differ_from_itself() -> None:
    """Nor from itself with more room between its paragraphs."""
    assert changed_passages("One.\n\nTwo.", "One.\n\n\n  \nTwo.\n") == ()


@pytest.mark.parametrize(
    "text",
    ["![x](http://a/b.png)", "!![x](http://a/b.png)", "\\\\![x][ref]", "\\![x](http://a)", "![x]"],
)
def test_no_picture_is_left_in_any_spelling(text: str) -> None:
    """Nothing in the text begins a picture any more, whatever stands before it."""
    assert "![" not in without_images(text)


@given(st.text(alphabet="!\\[]()ab\n"))
def test_law_a_text_without_pictures_holds_none_and_stays_so(text: str) -> None:
    """Done twice it is as done once; a text without '![' is left as it is."""
    once = without_images(text)
    assert "![" not in once
    assert without_images(once) == once
    assert ("![" in text) or once == text


@pytest.mark.parametrize("text", ["", " \n\n ", "x" * (LONGEST + 1), "a\x00b"])
def test_what_can_be_no_guideline_is_refused(text: str) -> None:
    """Empty, too long, or no text."""
    with pytest.raises(BadInputError):
        checked_text(text)


def test_line_ends_of_any_machine_are_the_same_text() -> None:
    """A file saved on Windows publishes no other version than the same one from elsewhere."""
    assert checked_text("a\r\nb\rc\n") == "a\nb\nc"
