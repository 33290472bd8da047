"""A text of a reading in a field that saves while one types."""

from __future__ import annotations

from collections.abc import Callable

from src.domain.review import MAX_TEXT, ReviewBody
from src.ui.draft_session import Change, OpenDraft
from src.ui.reading_room.text_field import Typed, text_field, typed_after


def typed(
    draft: OpenDraft,
    name: str,
    label: str,
    value: str,
    put: Callable[[ReviewBody, str], ReviewBody],
    says: Callable[[ReviewBody], str],
    *,
    place: str = "",
    rows: int = 2,
    placeholder: str = "",
    max_chars: int = MAX_TEXT,
) -> None:
    """Show one text of a reading; `put` places what was typed in a body, `says` reads it there."""
    key = draft.key(name)

    def store(sent: Typed) -> None:
        text = sent.text[:max_chars]
        draft.put(
            Change(place or label, lambda body: put(body, text), says, typed=True, upon=sent.upon)
        )

    text_field(
        key=key,
        label=label,
        value=value,
        rev=draft.tab.rev,
        rows=rows,
        placeholder=placeholder,
        max_chars=max_chars,
        seen=draft.applied(key),
        on_change=draft.does(key, lambda applied: typed_after(key, applied), store),
    )
