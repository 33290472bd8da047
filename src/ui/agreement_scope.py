"""Which readings the agreement screen compares: a round, a track, a pair of readers, a view."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from src.domain.item import Track
from src.domain.people import Actor, Role
from src.domain.reading_table import CLAIMS
from src.domain.study_agreement import By, Scope
from src.ui.places import chosen
from src.ui.session import workbench
from src.ui.wording import TRACKS, field_title

ALL = ""
BY: dict[str, By] = {"track": "track", "round": "round", "week": "week", "pair": "pair"}
VIEWS = {
    ALL: "Field by field",
    "track": "One field, track by track",
    "round": "One field, round by round",
    "week": "One field over time",
    "confusion": "What is taken for what",
    "evidence": "Evidence and wordings",
}
LEAD_VIEWS = {
    "pair": "One field, by pairs of readers",
    "readers": "Reader by reader",
}
"""These name readers, which nobody sees who settles what they differ on."""


class View(NamedTuple):
    """What the screen shows."""

    name: str
    scope: Scope
    names: dict[str, str]
    """person -> display name; empty for who may not know them."""

    @property
    def by(self) -> By:
        """What the rows are, where the view has rows."""
        return BY.get(self.name, "field")

    def pair_words(self, pair: tuple[str, str]) -> str:
        """Return two readers by their names."""
        return " and ".join(self.names.get(person, person) for person in pair)


def chosen_view(actor: Actor) -> View:
    """Draw the choices and return what is chosen; the address holds them."""
    is_lead = Role.LEAD in actor.roles
    names = workbench().agreeing.names(actor) if is_lead else {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        views = {**VIEWS, **LEAD_VIEWS} if is_lead else VIEWS
        name = chosen("Show", "show", list(views), lambda view: views[view], width=280)
        rounds = [round_.name for round_ in workbench().assigning.all_of(actor)]
        in_round = chosen("Round", "of", [ALL, *rounds], lambda r: r or "All rounds", width=200)
        tracks = [track.value for track in Track]
        track = chosen(
            "Track", "track", [ALL, *tracks], lambda t: TRACKS.get(t, "All tracks"), width=200
        )
        scope = Scope(round=in_round or None, track=Track(track) if track else None)
        if is_lead and name not in ("pair", "readers"):
            scope = _with_pair(actor, scope, names)
    return View(name, scope, names)


def _with_pair(actor: Actor, scope: Scope, names: dict[str, str]) -> Scope:
    """Let a lead narrow the readings to two readers."""
    pairs = workbench().agreeing.pairs(actor, scope)
    readers = sorted({person for pair in pairs for person in pair}, key=lambda p: names.get(p, p))

    def words(person: str) -> str:
        return names.get(person, person) if person else "All readers"

    first = chosen("Reader", "a", [ALL, *readers], words, width=200)
    if not first:
        return scope
    others = sorted({p for pair in pairs if first in pair for p in pair} - {first})
    second = chosen("and", "b", others, words, width=200)
    return scope.model_copy(update={"pair": (first, second)})


def chosen_field(actor: Actor, view: View) -> str:
    """Draw the choice of one field and return it."""
    scope = view.scope.model_copy(update={"pair": None})
    rows = workbench().agreeing.compare(actor, scope).rows
    fields = [row.name for row in rows] or [CLAIMS]
    return chosen("Field", "in", fields, field_title, width=280)
