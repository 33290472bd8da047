"""Short messages that outlive the act they speak of, and callbacks that never show a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Literal, ParamSpec

import streamlit as st

from src.domain.errors import ReviewToolError

Kind = Literal["done", "refused", "fault"]
P = ParamSpec("P")
NOTICE = "_notice"
log = logging.getLogger("rare_review")


def tell(text: str, kind: Kind = "done") -> None:
    """Keep a message to be shown once, at the top of the page that is drawn next."""
    st.session_state[NOTICE] = (kind, text)


def waiting() -> bool:
    """Return True while a message waits to be shown."""
    return NOTICE in st.session_state


def show() -> None:
    """Show the message that waits, if one does; text is shown exactly as it is.

    Its place is always there: what stands below it is not built anew when a message goes.
    """
    kind, text = st.session_state.pop(NOTICE, (None, ""))
    boxes = {"done": st.success, "refused": st.warning, "fault": st.error}
    with st.container(key="notice"):
        if kind in boxes:
            with st.container(key=f"notice-{kind}"):
                boxes[kind](plain(text))


def careful(callback: Callable[P, None]) -> Callable[P, None]:
    """Wrap a callback so that a refusal becomes a message and a fault a calm line and a log."""

    @wraps(callback)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except ReviewToolError as refusal:
            tell(str(refusal), "refused")
        except Exception:
            log.exception("A callback failed")
            tell(
                "Something went wrong on our side. What you typed is still on your screen; "
                "try again, and tell the study lead if it happens twice.",
                "fault",
            )

    return wrapped


def calmly(draw: Callable[[], None]) -> None:
    """Draw a page; what goes wrong becomes a calm line and a log, never a traceback."""
    try:
        draw()
    except ReviewToolError as refusal:
        st.warning(plain(str(refusal)))
    except Exception:
        log.exception("A page failed")
        st.error(
            "This page cannot be shown: something went wrong on our side. What you saved is kept. "
            "Reload the page, and tell the study lead if it happens twice."
        )


def plain(text: str) -> str:
    """Escape a text so that Streamlit's Markdown shows it exactly as it is written."""
    escaped = "".join(f"\\{c}" if c in _SPECIAL else c for c in text)
    return escaped.replace("\n", "  \n")


_SPECIAL = frozenset("\\`*_{}[]()#+-.!|<>~$:&")
