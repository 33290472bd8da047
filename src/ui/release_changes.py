"""What differs between two releases, or between a release and what it would be now."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from src.domain.canonical import JsonValue, canonical_json
from src.domain.errors import ReviewToolError
from src.domain.gold_difference import Change, Side
from src.domain.people import Actor
from src.domain.plurals import counted
from src.services.releasing import Difference
from src.ui import wording
from src.ui.notices import plain
from src.ui.places import chosen, go, item_button, param
from src.ui.session import workbench
from src.ui.tables import table

SIZE = 25
LONG = 300
"""Characters of a value in a table of changes; the item itself shows all of it."""
NONE = ""
KINDS = {"added": "Added", "dropped": "No longer in it", "changed": "Changed"}
FACTS = {"status": "Status", "round": "Round", "item_version": "Item version"}


def release_difference(actor: Actor, number: int, numbers: Sequence[int]) -> None:
    """Offer to compare a release with another, and show what differs item by item."""
    others = [str(other) for other in numbers if other != number]
    if not others:
        return
    with_other = chosen(
        "Compare with", "with", [NONE, *others], lambda n: f"Release {n}" if n else "No release"
    )
    if with_other == NONE:
        return
    first, second = sorted((number, int(with_other)))
    since = param("since")
    try:
        found = workbench().releasing.difference(actor, first, second, since, SIZE + 1)
    except ReviewToolError as refusal:
        st.warning(plain(str(refusal)))
        return
    st.markdown(f"**From release {first} to release {second}**")
    if not found:
        st.caption("Nothing differs." if not since else "Nothing more differs.")
    for difference in found[:SIZE]:
        changed_item(actor, difference, key=f"differs-{first}-{second}-{difference.item_id}")
    if len(found) > SIZE:
        following = {"since": found[SIZE - 1].item_id}
        st.button("More that differs", key="differs-more", on_click=go, kwargs=following)


def changed_item(actor: Actor, difference: Difference, *, key: str) -> None:
    """Show one item that differs, and behind it what does."""
    with st.container(horizontal=True, vertical_alignment="center"):
        item_button(actor, difference.item_id, key=key)
        many = len(difference.changes)
        says = KINDS.get(difference.kind, difference.kind)
        st.caption(plain(f"{says} · {counted(many, 'change')}" if many else says))
    if difference.changes:
        table(
            [_row(change) for change in difference.changes],
            key=f"{key}-changes",
            alt=f"What differs in {difference.item_id}",
        )


def _row(change: Change) -> dict[str, str | int | float | None]:
    return {
        "Of": of_words(change.what),
        "Before": side_words(change.what, change.before),
        "After": side_words(change.what, change.after),
    }


def of_words(what: str) -> str:
    """Return what a change is of, in words, without opening the item."""
    kind, _, name = what.partition(":")
    if what in FACTS:
        return FACTS[what]
    if kind == "flag":
        return wording.leak_title(what)
    if kind == "check":
        return wording.CHECKS.get(name, name)
    if kind == "field":
        field, _, part = name.partition(":")
        words = wording.FIELDS.get(field, field.replace("_", " ").capitalize())
        return f"{words} {part}".strip()
    return f"Added {kind}" if name.startswith("+") else f"{kind.capitalize()} {name}"


def side_words(what: str, side: Side | None) -> str:
    """Return one side of a change: its value, how it was settled, and the votes."""
    if side is None:
        return "Not there"
    value = _value(what, side.value)
    votes = wording.votes(what, side.votes)
    kept = "kept as ambiguous" if side.ambiguous else ""
    parts = [value, wording.METHODS.get(side.method, ""), kept, votes]
    return " · ".join(part for part in parts if part)


def _value(what: str, value: JsonValue) -> str:
    if value is None:
        return "Nothing"
    if isinstance(value, str):
        words = {**wording.VERDICTS, **wording.RECOMMENDATIONS}.get(value, value)
    elif isinstance(value, dict) and "text" in value:
        off = "" if value.get("active", True) else ", switched off"
        words = f"{value['text']} ({wording.points(value.get('points', 0))}{off})"
    elif what.startswith("field:evidence:") and isinstance(value, list):
        words = wording.said(what, "", value)
    elif isinstance(value, list):
        words = " · ".join(str(part) for part in value) or "Nothing"
    else:
        words = str(value) if isinstance(value, (int, float)) else canonical_json(value)
    return words if len(words) <= LONG else words[: LONG - 1].rstrip() + "…"
