"""Who is at the screen, and the workbench they use."""

from __future__ import annotations

import streamlit as st

from src.domain.errors import ReviewToolError
from src.domain.people import Actor, Person, Role
from src.services.settings import Settings
from src.services.workbench import Workbench, open_workbench

WORKING_AS = "as"
_CARRIED = "working-as"


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the configuration, read once."""
    return Settings()


@st.cache_resource(show_spinner=False)
def workbench() -> Workbench:
    """Return the study this server serves, opened once."""
    found = settings()
    return open_workbench(found.database_url, found.image_store)


def current_person() -> Person | None:
    """Return the person at the screen, or None: chosen in single-user mode, else signed in."""
    if settings().single_user:
        return chosen_person()
    if not getattr(st.user, "is_logged_in", False):
        return None
    return workbench().people.by_identity(str(st.user.get("iss", "")), str(st.user.get("sub", "")))


def chosen_person() -> Person | None:
    """Return the person 'Working as' names; the first active one when none is named.

    The address names them, by id, on every page: a reload or a link acts as the same person.
    The menu keeps that part of the address (leaving.js); the session only stands in where a page
    is asked for without it.
    """
    for name in (st.query_params.get(WORKING_AS), st.session_state.get(_CARRIED)):
        found = workbench().people.active(name) if name else None
        if found is not None and found.roles:
            return found
    return next(iter(active_people()), None)


def work_as(person_id: str) -> None:
    """Name the person in the address and carry them to the next page."""
    st.session_state[_CARRIED] = person_id
    if st.query_params.get(WORKING_AS) != person_id:
        st.query_params[WORKING_AS] = person_id


def active_people() -> list[Person]:
    """Return everybody who can work here, readers first."""
    bench = workbench()
    everybody = Actor(person_id="", roles=frozenset())
    active = [person for person in bench.people.all_of(everybody) if person.active and person.roles]
    return sorted(active, key=lambda p: (Role.REVIEWER not in p.roles, p.person_id))


def require(*roles: Role) -> Actor:
    """Return the actor at the screen, or show why this page is not theirs and stop.

    Asked anew at every run: a role taken away, or a person made inactive, counts at once.
    """
    person = current_person()
    if person is None:
        st.info("Sign in to work on this study.")
        st.stop()
    actor = Actor(person_id=person.person_id, roles=person.roles)
    try:
        if roles:
            actor.require(*roles)
    except ReviewToolError:
        wanted = " or ".join(role.value for role in roles)
        st.info(f"This page is for the role {wanted}. {person.display_name} does not hold it.")
        st.stop()
    return actor


def require_reviewer() -> Actor:
    """Return the actor at the screen if they are a reviewer, or stop."""
    return require(Role.REVIEWER)
