"""A text field that saves while one types; `st.text_area` commits only on blur."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel

from src.ui.reading_room.component import declare, ignore_change, sent


class Typed(BaseModel, frozen=True, extra="forbid"):
    """What stands in a field, as its browser sent it."""

    text: str
    rev: int
    n: int
    """Grows with each sending; the server names the last it has stored."""
    upon: int | None = None
    """The newest version of a draft that the text can have been written upon."""


_mount = declare("text_field", ("sending.js", "typing.js", "text_field.js"), "text_field.css")


def text_field(
    *,
    key: str,
    label: str,
    value: str,
    rev: int,
    rows: int = 3,
    placeholder: str = "",
    max_chars: int | None = None,
    on_change: Callable[[], None] | None = None,
    disabled: bool = False,
    seen: int | None = None,
) -> str:
    """Show a field for plain text and return what it holds.

    It sends half a second after the last key, on leaving it, and before any Ctrl+Enter.
    `value` replaces what the reader typed only when `rev` grew and nobody is typing.
    `seen` is the number of the last sending that was stored, where that can fail: the browser
    sends again what came after it. The key must not contain two underscores in a row.
    """
    typed = sent(key, "typed", Typed)
    _mount(
        key=key,
        data={
            "key": key,
            "label": label,
            "value": value,
            "rev": rev,
            "seen": seen if seen is not None else typed.n if typed else 0,
            "rows": rows,
            "placeholder": placeholder,
            "max": max_chars,
            "disabled": disabled,
        },
        on_typed_change=on_change or ignore_change,
    )
    if typed is None or typed.rev < rev:
        return value
    return _within(typed.text, max_chars)


def typed_text(key: str) -> str | None:
    """Return what the field with this key last sent; for use inside its `on_change`."""
    typed = sent(key, "typed", Typed)
    return typed.text if typed else None


def typed_after(key: str, applied: int) -> tuple[Typed, ...]:
    """Return what the field with this key has sent since number `applied`, if anything."""
    typed = sent(key, "typed", Typed)
    return (typed,) if typed is not None and typed.n > applied else ()


def _within(text: str, max_chars: int | None) -> str:
    return text if max_chars is None else text[:max_chars]
