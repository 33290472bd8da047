"""A reading in the making between browser and database: each change is stored as it is made.

The database holds the draft. A tab holds beside it only which version it has seen, what waits
for an answer, and what lies open on the screen; all of that may be lost at any moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import streamlit as st

from src.domain.image import ImageRecord
from src.domain.item import Item
from src.domain.people import Actor
from src.domain.review import Draft, ReviewBody
from src.services.reviewing import DraftConflict, Task
from src.ui.notices import careful
from src.ui.places import stem
from src.ui.reading_room.acts import Act, acts_after
from src.ui.session import runs, workbench

Edit = Callable[[ReviewBody], ReviewBody]
IDLE = 120.0
"""Seconds between two acts after which a reader counts as having been away."""


@dataclass(frozen=True)
class Change:
    """One change to a reading: where it is, what it does, and how the place reads in a body."""

    place: str
    edit: Edit
    says: Callable[[ReviewBody], str]
    redraws: bool = False
    """True when the viewer and the text fields must take over what the change did to them."""


@dataclass
class Tab:
    """What one browser tab holds of a reading beside the database."""

    version: int
    """The draft's version this tab has seen, and its body then."""
    body: ReviewBody
    rev: int
    """Grows when the fields and the viewer must take the server's word; see `_new_rev`."""
    restored: datetime | None = None
    saved: datetime | None = None
    active: str | None = None
    """The claim that is wide open, or the leak being marked."""
    opened: frozenset[str] = frozenset()
    waiting: dict[str, Change] = field(default_factory=dict)
    """Changes made while another window saved first, by place, until the reader chooses."""
    discarded: dict[str, str] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)
    drawing: set[str] = field(default_factory=set)
    """The widgets with a stored value that stood there in the run before, and stand in this."""
    run: int = 0
    """The tab's run in which they stood: after a run elsewhere all of them come anew."""
    last_act: datetime | None = None
    seconds: float = 0.0
    late: dict[str, tuple[object, Callable[[], object], Callable[[], None]]] = field(
        default_factory=dict
    )
    """Of each component: what it had sent when drawn, how to look again, its callback."""
    tries: int = 0
    """How often Submit was pressed here."""
    applied: dict[str, int] = field(default_factory=dict)
    """Of each component that sends acts: the number of the last one stored here."""


@dataclass(frozen=True)
class OpenDraft:
    """The reading before its reader in this run of the page."""

    actor: Actor
    task: Task
    base: str
    """Part of every widget's key: another reader, item, version or revision never shares one."""

    @property
    def item(self) -> Item:
        """The item that is read."""
        return self.task.item

    @property
    def images(self) -> dict[str, ImageRecord]:
        """What is known of the item's images."""
        return self.task.view.images

    @property
    def body(self) -> ReviewBody:
        """What the reader has said, as stored when this run began."""
        return self.task.draft.body

    @property
    def tab(self) -> Tab:
        """What this tab holds of the reading."""
        held = st.session_state[_place(self.base)]
        assert isinstance(held, Tab)
        return held

    def key(self, name: str) -> str:
        """Return the key of one widget of this reading."""
        return f"{name}-{self.base}"

    def shows(self, key: str, value: object) -> str:
        """Let a widget show a stored value, whatever the browser still holds; return its key.

        A widget that stands already is left alone while both agree, so that a click which is
        on its way is not undone; one that comes anew must be told, or it shows its default.
        """
        tab = self.tab
        tab.drawing.add(key)
        new = key not in tab.drawn or key not in st.session_state
        if new or st.session_state[key] != value:
            st.session_state[key] = value
        return key

    def writes(self, make: Callable[[], Change | None]) -> Callable[[], None]:
        """Return a callback that stores the change `make` finds, or nothing when it finds none."""

        @careful
        def callback() -> None:
            change = make()
            if change is not None:
                self.put(change)

        return callback

    def hears(self, key: str, change_of: Callable[[Act], Change | None]) -> Callable[[], None]:
        """Return a callback that stores every act a component has sent, each once and in order.

        One that is refused is said so and passed over: those after it are still stored.
        """

        @careful
        def store(act: Act) -> None:
            change = change_of(act)
            if change is not None:
                self.put(change)

        def callback() -> None:
            tab = self.tab
            for act in acts_after(key, tab.rev, tab.applied.get(key, 0)):
                tab.applied[key] = act.n
                store(act)

        self.answers_late(key, lambda: acts_after(key, 0, self.tab.applied.get(key, 0)), callback)
        return callback

    def applied(self, key: str) -> int:
        """Return the number of the last act of a component that was stored; 0 before the first."""
        return self.tab.applied.get(key, 0)

    def does(self, change: Change) -> Callable[[], None]:
        """Return a callback that stores a change known beforehand."""
        return self.writes(lambda: change)

    def put(self, change: Change) -> None:
        """Store a change on top of what this tab has seen; ask the reader when that is outdated."""
        tab = self.tab
        if tab.waiting:
            tab.waiting[change.place] = change
            return
        now = self._stored()
        body = change.edit(now.body)
        if tab.discarded.pop(change.place, None) == change.says(body):
            tab.rev = _new_rev(tab.rev)
            return
        if body == now.body:
            return
        if now.version != tab.version:
            tab.waiting[change.place] = change
            return
        self._save(body, change.redraws, {change.place: change})

    def keep_newer(self) -> None:
        """Answer a conflict: what the other window saved stays, what waits here is dropped."""
        tab, now = self.tab, self._stored()
        for place, change in tab.waiting.items():
            tab.discarded[place] = change.says(change.edit(now.body))
        tab.waiting = {}
        tab.version, tab.body, tab.rev = now.version, now.body, _new_rev(tab.rev)

    def put_mine_on_top(self) -> None:
        """Answer a conflict: what waits here is made once more, upon the newer text."""
        tab, now = self.tab, self._stored()
        waiting, body = tab.waiting, now.body
        for change in waiting.values():
            body = change.edit(body)
        tab.waiting = {}
        tab.version = now.version
        self._save(body, True, waiting)

    def answers_late(
        self, key: str, look: Callable[[], object], callback: Callable[[], None]
    ) -> None:
        """Remember a component, so that `gather` finds what it sends together with a click."""
        self.tab.late[key] = (look(), look, callback)

    def gather(self) -> None:
        """Store what was typed or drawn just before a click.

        Streamlit calls a button's callback before those of our components when both come in
        one message; without this a sentence's last word would miss the review.
        """
        for seen, look, callback in list(self.tab.late.values()):
            if look() != seen:
                callback()

    def newest(self) -> Task:
        """Return the reading as it is stored at this moment."""
        return workbench().reviewing.task(self.actor, self.task.round, self.item.item_id)

    def _stored(self) -> Draft:
        return self.newest().draft

    def _save(self, body: ReviewBody, redraws: bool, changes: dict[str, Change]) -> None:
        tab = self.tab
        try:
            draft = workbench().reviewing.save_draft(
                self.actor, self.task.round, self.item.item_id, body, tab.version
            )
        except DraftConflict:
            tab.waiting = dict(changes)
            return
        tab.version, tab.body = draft.version, draft.body
        tab.saved, tab.restored = draft.saved_at, None
        if redraws:
            tab.rev = _new_rev(tab.rev)
        self._count_time()

    def _count_time(self) -> None:
        tab, now = self.tab, workbench().clock()
        if tab.last_act is not None:
            tab.seconds += min(IDLE, (now - tab.last_act).total_seconds())
        tab.last_act = now


def open_draft(actor: Actor, task: Task) -> OpenDraft:
    """Put a task before its reader, and let this tab see what is stored by now."""
    base = stem(
        actor.person_id, task.round, task.item.item_id, task.item.version, task.submitted_revision
    )
    draft = OpenDraft(actor=actor, task=task, base=base)
    stored = task.draft
    if _place(base) not in st.session_state:
        restored = stored.saved_at if stored.version > 0 else None
        st.session_state[_place(base)] = Tab(
            stored.version, stored.body, _new_rev(0), restored, last_act=workbench().clock()
        )
    tab = draft.tab
    stood = tab.drawing if tab.run == runs() - 1 else set()
    tab.late, tab.drawn, tab.drawing, tab.run = {}, stood, set(), runs()
    if not tab.waiting and stored.version != tab.version:
        tab.version, tab.body, tab.rev = stored.version, stored.body, _new_rev(tab.rev)
    return draft


def _place(base: str) -> str:
    return f"reading-{base}"


def _new_rev(old: int) -> int:
    """Return a revision above any this tab, or a server before a restart, has given out."""
    return max(old + 1, int(workbench().clock().timestamp() * 1000))
