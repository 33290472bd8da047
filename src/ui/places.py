"""Where on the screens somebody is: the address says it, so a reload or a link comes back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import streamlit as st

from src.domain.people import Actor, Role
from src.ui.notices import careful, plain
from src.ui.session import WORKING_AS

PAGES = Path(__file__).parents[2] / "pages"


def param(name: str) -> str:
    """Return a part of the address; empty when it is not there."""
    return str(st.query_params.get(name, ""))


def page_number() -> int:
    """Return the page of a list the address asks for, from 1; 1 when it makes no sense."""
    asked = param("page")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1


@careful
def go(**place: str) -> None:
    """Change parts of the address; an empty part is taken away. For use in callbacks."""
    for name, value in place.items():
        if value:
            st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]


def chosen(
    label: str, name: str, options: Sequence[str], words: Callable[[str], str], *, width: int = 260
) -> str:
    """Draw a choice that the address holds by its value, and return it; the first by default.

    A widget bound to the address by Streamlit would write its label there, which may change.
    """
    key = f"chosen-{name}"
    st.session_state[key] = param(name) if param(name) in options else options[0]
    st.selectbox(
        label,
        options,
        format_func=words,
        key=key,
        on_change=_keep_choice,
        args=(name, key, options[0]),
        width=width,
    )
    return str(st.session_state[key])


def _keep_choice(name: str, key: str, default: str) -> None:
    value = str(st.session_state[key])
    go(**{name: "" if value == default else value, "after": "", "since": "", "page": ""})


def with_person(**place: str) -> dict[str, str]:
    """Return the parts of an address on another page, keeping who is at work."""
    person = param(WORKING_AS)
    return {**place, **({WORKING_AS: person} if person else {})}


def stem(*parts: object) -> str:
    """Return a short stable name for widgets, from ids that may hold any character."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@contextmanager
def page_head(title: str, says: str = "") -> Iterator[None]:
    """Draw a screen's title with what it holds, and give the place for its acts at the right."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="page-head"):
        with st.container(gap=None):
            st.title(title, anchor=False)
            if says:
                st.caption(plain(says))
        with st.container(horizontal=True, horizontal_alignment="right", width="content"):
            yield


def page_name(title: str) -> None:
    """Name a screen whose first line is something else, for those who hear and do not see it."""
    with st.container(key="page-name"):
        st.title(title, anchor=False)


def pager(number: int, *, more: bool, key: str) -> None:
    """Offer the page before and the page after; nothing when there is only one."""
    if number == 1 and not more:
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-pager"):
        st.button(
            "Previous",
            key=f"{key}-earlier",
            disabled=number == 1,
            on_click=go,
            kwargs={"page": str(number - 1) if number > 2 else ""},
        )
        st.text(f"Page {number}")
        st.button(
            "Next",
            key=f"{key}-later",
            disabled=not more,
            on_click=go,
            kwargs={"page": str(number + 1)},
        )


def jump(page: str, **place: str) -> NoReturn:
    """Open another screen at a place. For use in a page's body: it changes nothing."""
    st.switch_page(PAGES / f"{page}.py", query_params=with_person(**place))
    raise AssertionError("the page was left")


def item_button(actor: Actor, item_id: str, round_name: str = "", *, key: str) -> None:
    """Offer to open an item: for an adjudicator where it is settled, else its story."""
    if not st.button(plain(item_id), key=key, width=260):
        return
    if round_name and Role.ADJUDICATOR in actor.roles:
        jump("adjudicate", item=item_id, round=round_name)
    jump("items", item=item_id)
