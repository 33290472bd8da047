"""The study's people: who they are, which roles they hold, whether they can come in."""

from __future__ import annotations

import streamlit as st
from pydantic import ValidationError

from src.domain.errors import BadInputError
from src.domain.people import Actor, Person, Role
from src.ui.notices import careful, plain, tell
from src.ui.session import workbench
from src.ui.tables import table

SOMEBODY_NEW = ""


def people_table(people: list[Person]) -> None:
    """Show everybody with their roles."""
    table(
        [
            {
                "Name": person.display_name,
                "Id": person.person_id,
                "Specialty": person.specialty,
                "Roles": ", ".join(role.value for role in Role if role in person.roles),
                "Can come in": "yes" if person.active else "no",
            }
            for person in people
        ],
        key="people",
        alt="The study's people",
    )


def people_form(actor: Actor, people: list[Person]) -> None:
    """Add somebody, or change one of the people."""
    known = {person.person_id: person for person in people}
    chosen = st.selectbox(
        "Person",
        [SOMEBODY_NEW, *known],
        format_func=lambda p: known[p].display_name if p in known else "Somebody new",
        key="person",
        width=360,
    )
    person = known.get(chosen)
    with st.form(f"person-{chosen}", border=False):
        if person is None:
            st.text_input("Id, such as amara", key="p-id-", max_chars=64, width=360)
        st.text_input(
            "Name",
            value=person.display_name if person else "",
            key=f"p-name-{chosen}",
            max_chars=200,
            width=360,
        )
        st.text_input(
            "Specialty",
            value=person.specialty if person else "",
            key=f"p-specialty-{chosen}",
            max_chars=200,
            width=360,
        )
        st.pills(
            "Roles",
            _grantable(actor, person),
            selection_mode="multi",
            default=[role for role in Role if person and role in person.roles],
            format_func=lambda role: role.value.capitalize(),
            key=f"p-roles-{chosen}",
        )
        st.checkbox("Can come in", value=person.active if person else True, key=f"p-in-{chosen}")
        st.form_submit_button(
            f"Change {plain(person.display_name)}" if person else "Add the person",
            type="primary",
            on_click=store_person,
            args=(actor.person_id, person, chosen),
        )


def _grantable(actor: Actor, person: Person | None) -> list[Role]:
    """Return the roles the actor may give; only an admin makes, or changes, an admin."""
    is_admin = Role.ADMIN in actor.roles or (person is not None and Role.ADMIN in person.roles)
    return [role for role in Role if role is not Role.ADMIN or is_admin]


@careful
def store_person(person_id: str, known: Person | None, key: str) -> None:
    """Store the person that the form describes."""
    held, bench = st.session_state, workbench()
    wanted = {
        "person_id": known.person_id if known else str(held.get("p-id-") or "").strip(),
        "display_name": str(held.get(f"p-name-{key}") or "").strip(),
        "specialty": str(held.get(f"p-specialty-{key}") or "").strip(),
        "roles": frozenset(held.get(f"p-roles-{key}") or ()),
        "active": bool(held.get(f"p-in-{key}")),
    }
    if known is None and wanted["person_id"] in {p.person_id for p in _everybody(person_id)}:
        raise BadInputError(f"There is already somebody with the id {wanted['person_id']!r}.")
    try:
        person = Person.model_validate({**(known.model_dump() if known else {}), **wanted})
    except ValidationError as error:
        raise BadInputError(
            "A person needs a name, and an id of small letters, digits, dots and hyphens."
        ) from error
    bench.people.add(bench.people.actor(person_id), person)
    tell(f"{person.display_name} is stored.")


def _everybody(person_id: str) -> list[Person]:
    bench = workbench()
    return bench.people.all_of(bench.people.actor(person_id))
