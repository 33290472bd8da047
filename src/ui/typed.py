"""A text of a reading in a field that saves while one types."""

from __future__ import annotations

from collections.abc import Callable

from src.domain.review import MAX_TEXT, ReviewBody
from src.ui.draft_session import Change, OpenDraft
from src.ui.reading_room.text_field import text_field, typed_text, typed_upon


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

    def change() -> Change | None:
        text = typed_text(key)
        if text is None:
            return None
        return Change(
            place or label,
            lambda body: put(body, text[:max_chars]),
            says,
            typed=True,
            upon=typed_upon(key),
        )

    text_field(
        key=key,
        label=label,
        value=value,
        rev=draft.tab.rev,
        rows=rows,
        placeholder=placeholder,
        max_chars=max_chars,
        on_change=draft.writes(change),
    )
