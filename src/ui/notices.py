"""Short messages that outlive the act they speak of, and callbacks that never show a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Literal, ParamSpec

import streamlit as st
from pydantic import ValidationError

from src.domain.errors import DatabaseError, ReviewToolError

Kind = Literal["done", "refused", "fault"]
P = ParamSpec("P")
NOTICE = "_notice"
KEPT = "What you did last is kept on this screen and is sent again by itself: leave it open."
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


def settles(act: Callable[[], None]) -> bool:
    """Do something; True when it is done or a rule refuses it, False when it may yet be stored.

    A busy or full database, and whatever else went wrong on our side, is no answer to what
    somebody did: they are told that it is not stored yet, and it must be tried again.
    """
    try:
        act()
    except DatabaseError as trouble:
        tell(f"Not stored yet. {trouble} {KEPT}", "fault")
        return False
    except ReviewToolError as refusal:
        tell(str(refusal), "refused")
    except ValidationError:
        log.exception("What a browser sent has a shape that can never be stored")
        tell("What you did last cannot be stored as it is. Say it in another way.", "refused")
    except Exception:
        log.exception("What a browser sent could not be stored")
        tell(
            f"Not stored yet: something went wrong on our side. {KEPT} Tell the study lead if this "
            "line does not go away.",
            "fault",
        )
        return False
    return True


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
