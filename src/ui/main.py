"""The main script: who is here, which pages they have, and the page itself."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from src.domain.people import Actor, Person, Role
from src.ui import notices
from src.ui.reading_room.leaving import leaving
from src.ui.session import (
    WORKING_AS,
    active_people,
    current_person,
    settings,
    work_as,
    workbench,
)

NAME = "RareReview"
CHOICE = "working-as-choice"
CHANGED = "_person-changed"
ROOT = Path(__file__).parents[2]
STYLE = (ROOT / "src/ui/layout.css").read_text(encoding="utf-8")
PAGES: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("review", "Review", frozenset({Role.REVIEWER})),
    ("grade", "Grade", frozenset({Role.REVIEWER})),
    ("adjudicate", "Adjudicate", frozenset({Role.ADJUDICATOR})),
    ("agreement", "Agreement", frozenset({Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR})),
    ("leakage", "Leakage", frozenset({Role.LEAD, Role.ADJUDICATOR})),
    ("leaderboard", "Leaderboard", frozenset({Role.LEAD, Role.EVALUATOR})),
    ("gold", "Gold", frozenset({Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR})),
    ("items", "Items", frozenset({Role.LEAD, Role.ADMIN, Role.EVALUATOR, Role.ADJUDICATOR})),
    ("study", "Study", frozenset({Role.LEAD, Role.ADMIN})),
)


def banner(person: Person | None) -> None:
    """Draw the line on top: the tool, and who is working."""
    with st.container(key="banner", horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{NAME}**")
        if settings().single_user:
            _working_as(person)
        elif person is not None:
            st.text(person.display_name)
            st.button("Sign out", on_click=st.logout, type="tertiary")
        else:
            st.button("Sign in", on_click=st.login, type="primary")


def _working_as(person: Person | None) -> None:
    people = {p.person_id: p for p in active_people()}
    if not people:
        st.text("Nobody belongs to this study yet: 'python manage.py people add' adds somebody.")
        return
    if person is not None:
        st.session_state[CHOICE] = person.person_id
        work_as(person.person_id)
    st.selectbox(
        "Working as",
        list(people),
        format_func=lambda person_id: _title(people[person_id]),
        key=CHOICE,
        label_visibility="collapsed",
        on_change=_change_person,
        width=300,
    )


@notices.careful
def _change_person() -> None:
    """Work as somebody else, from their own first page on: nothing of the other's is kept."""
    chosen = str(st.session_state[CHOICE])
    st.query_params.clear()
    work_as(chosen)
    st.session_state[CHANGED] = True


def _title(person: Person) -> str:
    roles = ", ".join(role.value for role in Role if role in person.roles)
    return f"{person.display_name} · {roles}"


def pages_of(person: Person | None) -> list[st.Page]:
    """Return all pages, those of the person's roles to be seen in the menu.

    The others say themselves, when somebody follows a link to them, whose they are.
    """
    roles = person.roles if person is not None else frozenset()
    mine = {name: bool(allowed & roles) for name, _, allowed in PAGES}
    mine["grade"] = person is not None and mine["grade"] and _grades(person)
    pages = {
        name: st.Page(
            ROOT / f"pages/{name}.py",
            title=title,
            url_path=name,
            visibility="visible" if mine[name] else "hidden",
        )
        for name, title, _ in PAGES
    }
    first = next((name for name, seen in mine.items() if seen), PAGES[0][0])
    return [*pages.values(), _home(pages[first])]


def _grades(person: Person) -> bool:
    """Return True while there are answers for a person to grade: else the menu has no such page."""
    actor = Actor(person_id=person.person_id, roles=person.roles)
    return workbench().grading.has_work(actor)


def _home(first: st.Page) -> st.Page:
    """Return the page at '/': it leads to a person's first page, whose own address stays its own.

    Streamlit calls the address of a default page unknown, so no real page is the default.
    """

    def lead_on() -> None:
        st.switch_page(first, query_params=st.query_params.to_dict())

    return st.Page(lead_on, title="Home", url_path="home", default=True, visibility="hidden")


def main() -> None:
    """Draw the banner and run the page that was asked for."""
    st.set_page_config(page_title=NAME, layout="wide", initial_sidebar_state="collapsed")
    st.html(f"<style>{STYLE}</style>")
    person = current_person()
    pages = pages_of(person)
    page = st.navigation(pages, position="top")
    if st.session_state.pop(CHANGED, False) and page.visibility == "hidden":
        st.switch_page(pages[-1], query_params=st.query_params.to_dict())
    st.set_page_config(page_title=f"{page.title} · {NAME}")
    banner(person)
    leaving(WORKING_AS)
    with st.container(key="page"):
        notices.show()
        notices.calmly(page.run)


main()
