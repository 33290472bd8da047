"""What changed, and why: the items that account for the difference of a model's scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from urllib.parse import urlencode

import streamlit as st

from src.domain.plurals import counted
from src.domain.scoring.what_if import Flip
from src.services.scoring import LEAST_WITHHELD, CauseShare, ExplainedItem, Explanation
from src.ui.notices import plain
from src.ui.places import page_number, pager, with_person
from src.ui.wording import TRACKS

SIZE = 10
NO_SCORE = "no score"
TWO_LISTS = (
    "Causes follow upon each other, items stand each for itself: either list adds up to the "
    "difference, and one item can have another amount in each."
)

MOST_DIGITS = 6
"""Decimals below which a change is nothing: what remains are errors of rounding."""


def signed(amount: float, digits: int = 2) -> str:
    """Return an amount with its sign: '+0.08', '−0.10'; '0.00' when it is nothing.

    With more digits than asked where it is something and would read as nothing: '+0.0004'.
    """
    for places in range(digits, MOST_DIGITS + 1):
        text = f"{abs(amount):.{places}f}"
        if float(text) != 0:
            break
    else:
        return f"{0:.{digits}f}"
    return ("+" if amount > 0 else "−") + text


def digits_that_add_up(before: float, *afters: float, least: int = 2) -> int:
    """Return how many decimals make a score and its changes add up as they are written.

    The fewest from `least` on, and no more than MOST_DIGITS. Each number rounded for itself can
    read 0.61, 0.60, and -0.02 between them.
    """

    def adds_up(after: float, digits: int) -> bool:
        then, now = (Decimal(f"{score:.{digits}f}") for score in (before, after))
        change = Decimal(f"{after - before:.{digits}f}")
        is_nothing = abs(after - before) < 0.5 * 10**-MOST_DIGITS
        return now - then == change and (is_nothing or change != 0)

    for digits in range(least, MOST_DIGITS):
        if all(adds_up(after, digits) for after in afters):
            return digits
    return MOST_DIGITS


def show_changes(found: Explanation, model: str) -> None:
    """Show the difference in one line, then its items, the largest first."""
    st.text(headline(found, model))
    if len(found.split) > 1 or (found.split and found.items):
        digits = _digits(found)
        st.text("By cause: " + "; ".join(_share(share, digits) for share in found.split) + ".")
    number = page_number()
    if found.withheld:
        st.caption(withheld_words(found))
    shown = found.items[(number - 1) * SIZE : number * SIZE]
    for item in shown:
        _line(item)
    if shown and len(found.split) > 1:
        st.caption(TWO_LISTS)
    pager(number, more=len(found.items) > number * SIZE, key="changes")


def withheld_words(found: Explanation) -> str:
    """Return how many items are not told of, and whether what they do together is."""
    track = TRACKS[found.track.value]
    many = counted(found.withheld, "item")
    start = f"{many} of {track} that review came to may still come to you as a reader"
    if found.is_told:
        return (
            f"{start}: what they do is told only together, and item by item once you have sent "
            "your reading."
        )
    return (
        f"{start}. From fewer than {LEAST_WITHHELD} items any sum would tell what became of them: "
        "the difference, its causes and amounts are shown once you have sent your readings."
    )


def _digits(found: Explanation) -> int:
    """Return with how many decimals both scores and what lies between them are told."""
    before, after = found.difference.before_mean, found.difference.after_mean
    return 2 if before is None or after is None else digits_that_add_up(before, after)


def _share(share: CauseShare, digits: int) -> str:
    return f"{share.cause} {signed(share.amount, digits)} ({counted(share.items, 'item')})"


def show_flips(found: Sequence[Flip], names: Mapping[str, str]) -> None:
    """Show each criterion or item whose change alone moved a rank, folded."""
    if not found:
        st.caption("No single change that you are told of moved a rank.")
        return
    with st.expander(f"{counted(len(found), 'change')} of a rank by one criterion or item alone"):
        st.dataframe(
            [
                {
                    "Item": flip.item,
                    "Criterion": flip.criterion or "the whole item, excluded",
                    "Model": names.get(flip.model, flip.model),
                    "Rank without the change": flip.rank_without,
                    "Rank": flip.rank,
                }
                for flip in found
            ],
            hide_index=True,
            width="stretch",
        )


def headline(found: Explanation, model: str) -> str:
    """Return from what to what a model's score went, and through how many items."""
    difference = found.difference
    if not found.is_told:
        return f"{model}: how far review moved its score is not told to you yet."
    digits = _digits(found)
    before, after = (
        _number(mean, digits) for mean in (difference.before_mean, difference.after_mean)
    )
    if difference.delta is None:
        return f"{model}: {before} as imported, {after} in gold: nothing to compare."
    if not found.items and not found.withheld:
        return (
            f"{model}: {before} as imported and in gold. Review changed nothing that counts here."
        )
    said = f"{model}: {before} as imported, {after} in gold: {signed(difference.delta, digits)}"
    if found.withheld:
        return f"{said}."
    return f"{said}, from {counted(len(found.items), 'item')}."


def _number(value: float | None, digits: int = 2) -> str:
    return NO_SCORE if value is None else f"{value:.{digits}f}"


def _line(item: ExplainedItem) -> None:
    """Show one item: how much it moves the mean, its own scores, and what review changed."""
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            if item.amount is not None:
                st.markdown(f"**{signed(item.amount)}**", width=70)
            address = f"items?{urlencode(with_person(item=item.item_id))}"
            st.markdown(f"[{plain(item.item_id)}]({address})", width="content")
            st.caption(f"{_number(item.before)} as imported, {_number(item.after)} in gold")
        for cause in item.causes:
            st.text(_sentence(cause))


def _sentence(cause: str) -> str:
    """Return a cause as the screen says it: a capital, a true minus, an arrow."""
    return cause[:1].upper() + cause[1:].replace(" -> ", " → ")
