"""A reading in the making between browser and database: each change is stored as it is made.

The database holds the draft. A tab holds beside it only which version it has seen, what waits
for an answer, and what was asked once; all of that may be lost at any moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock
from typing import TypeVar, cast

import streamlit as st

from src.domain.image import ImageRecord
from src.domain.item import Item
from src.domain.people import Actor
from src.domain.review import Draft, ReviewBody
from src.domain.round import Round
from src.domain.sitting import active_seconds
from src.services.reviewing import DraftConflict, Task
from src.ui.doing import Doing, Sent
from src.ui.notices import careful, tell
from src.ui.places import stem
from src.ui.reading_room.acts import Act, acts_after
from src.ui.session import workbench

T = TypeVar("T")
Edit = Callable[[ReviewBody], ReviewBody]


@dataclass(frozen=True)
class Change:
    """One change to a reading: where it is, what it does, and how the place reads in a body."""

    place: str
    edit: Edit
    says: Callable[[ReviewBody], str]
    redraws: bool = False
    """True when the viewer and the text fields must take over what the change did to them."""
    spreads: bool = False
    """True when other parts of the page show what it changed; one that redraws does too."""
    typed: bool = False
    """True for a text being typed: a burst of it is one step to undo."""
    upon: int | None = None
    """The newest version of the draft it can have been made upon; None when that is not known.
    It may be older than the tab: a reload and a restart bring back what was not stored yet."""

    def overwrites(self, stored: ReviewBody) -> bool:
        """Return True when it takes something away from what is stored at its place.

        A text that goes on from the stored one takes nothing.
        """
        old, new = self.says(stored), self.says(self.edit(stored))
        return old != new and not (self.typed and new.startswith(old))


@dataclass
class Tab:
    """What one browser tab holds of a reading beside the database."""

    version: int
    """The draft's version this tab has seen, and its body then."""
    body: ReviewBody
    opened: int
    """The draft's version when this tab began."""
    rev: int
    """Grows when the fields and the viewer must take the server's word; see `_new_rev`."""
    restored: datetime | None = None
    saved: datetime | None = None
    active: str | None = None
    """The claim that lies open at first; which one does afterwards is the browser's."""
    anew: bool = False
    """True when the whole page must be drawn, not only the part where something was done."""
    stepped: tuple[int, str] = (-1, "")
    """What was taken or put back last, in words, and the version it made."""
    tried: ReviewBody | None = None
    """What was being saved last: when it is what the database holds, it is this tab's own."""
    waiting: dict[str, Change] = field(default_factory=dict)
    """Changes made while another window saved first, by place, until the reader chooses."""
    discarded: dict[str, str] = field(default_factory=dict)
    last_act: datetime | None = None
    seconds: float = 0.0
    known: dict[str, object] = field(default_factory=dict)
    """What was asked of the study once for this reading: see `once`."""
    tries: int = 0
    """How often Submit was pressed here."""
    doing: dict[str, Doing] = field(default_factory=dict)
    """Of each component by its key: how far what it sent is stored here."""
    lock: RLock = field(default_factory=RLock)
    """Held while something is stored: Streamlit starts a new run, callbacks and all, on another
    thread while the one before is still in its own."""


@dataclass(frozen=True)
class OpenDraft:
    """The reading before its reader in this run of the page."""

    actor: Actor
    task: Task
    round: Round
    base: str
    """Part of every widget's key: another reader, item, version or revision never shares one."""
    tab: Tab
    """What this tab holds of the reading.

    Looked up once: Streamlit may cut a callback off wherever it asks for the session's state.
    """

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
        """What the reader has said, as stored when this run began.

        While they must choose between two windows it is their own, upon the other's.
        """
        body = self.task.draft.body
        for change in self.tab.waiting.values():
            body = change.edit(body)
        return body

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return what is asked of the study once while this reading is open, not at every run."""
        known = self.tab.known
        if name not in known:
            known[name] = make()
        return cast(T, known[name])

    def key(self, name: str) -> str:
        """Return the key of one widget of this reading."""
        return f"{name}-{self.base}"

    def writes(self, make: Callable[[], Change | None]) -> Callable[[], None]:
        """Return a callback that stores the change `make` finds, or nothing when it finds none."""

        @careful
        def callback() -> None:
            with self.tab.lock:
                change = make()
                if change is not None:
                    self.put(change)

        return callback

    def hears(self, key: str, change_of: Callable[[Act], Change | None]) -> Callable[[], None]:
        """Return a callback that stores every act a component has sent, each once and in order."""

        def store(act: Act) -> None:
            change = change_of(act)
            if change is not None:
                self.put(replace(change, upon=act.upon))

        return self.obeys(key, store)

    def obeys(self, key: str, do: Callable[[Act], None]) -> Callable[[], None]:
        """Return a callback that does every act a component has sent, each once and in order."""
        return self.does(key, lambda applied: acts_after(key, self.tab.rev, applied), do)

    def does(
        self, key: str, sent_after: Callable[[int], Iterable[Sent]], do: Callable[[Sent], None]
    ) -> Callable[[], None]:
        """Return a callback that does what a component has sent after a number, each once."""

        def callback() -> None:
            with self.tab.lock:
                doing = self.tab.doing.setdefault(key, Doing())
                doing.go_through(sent_after(doing.applied), do)

        return callback

    def alone(self, do: Callable[[], None]) -> Callable[[], None]:
        """Return a callback that does something to the reading while nothing else does."""

        @careful
        def callback() -> None:
            with self.tab.lock:
                do()

        return callback

    def applied(self, key: str) -> int:
        """Return the number of the last thing of a component that was done; 0 before the first."""
        return self.tab.doing.setdefault(key, Doing()).applied

    def put(self, change: Change) -> None:
        """Store a change on top of what this tab has seen; ask the reader when that is outdated."""
        tab = self.tab
        if tab.waiting:
            tab.waiting[change.place], tab.anew = change, True
            return
        now = self.newest().draft
        if now.version == tab.version + 1 and now.body == tab.tried:
            tab.version, tab.body = now.version, now.body
        body = change.edit(now.body)
        if tab.discarded.pop(change.place, None) == change.says(body):
            tab.rev, tab.anew = _new_rev(tab.rev), True
            return
        if body == now.body:
            return
        made_upon = tab.opened if change.upon is None else change.upon
        if now.version != tab.version or tab.opened > made_upon:
            self._ask_about({change.place: change})
            return
        tab.anew = tab.anew or change.spreads
        self._save(body, change.redraws, {change.place: change})

    def keep_newer(self) -> None:
        """Answer a conflict: what the other window saved stays, what waits here is dropped."""
        tab, now = self.tab, self.newest().draft
        for place, change in tab.waiting.items():
            tab.discarded[place] = change.says(change.edit(now.body))
        tab.waiting = {}
        tab.version, tab.body, tab.rev = now.version, now.body, _new_rev(tab.rev)

    def put_mine_on_top(self) -> None:
        """Answer a conflict: what waits here is made once more, upon the newer text."""
        waiting, self.tab.waiting = self.tab.waiting, {}
        self.put_on_top(waiting)

    def put_on_top(self, changes: dict[str, Change]) -> None:
        """Make changes upon what is stored by now, whatever it was when they were begun."""
        now = self.newest().draft
        body = now.body
        for change in changes.values():
            body = change.edit(body)
        self.tab.version = now.version
        self._save(body, True, changes)

    def step(self, *, undo: bool) -> None:
        """Take the newest step of the reading back, or put an undone one back again."""
        tab, reviewing = self.tab, workbench().reviewing
        if tab.waiting:
            return
        act = reviewing.undo if undo else reviewing.redo
        try:
            draft = act(self.actor, self.task.round, self.item.item_id, tab.version)
        except DraftConflict as conflict:
            draft = conflict.newer
            tell("Another window saved newer work; this is it. Nothing was taken back.", "refused")
        self._adopt(draft, redraws=True)
        self.count_time()

    def newest(self) -> Task:
        """Return the reading as it is stored at this moment."""
        return workbench().reviewing.task(self.actor, self.task.round, self.item.item_id)

    def brought_up(self) -> OpenDraft:
        """Return this reading with what was stored since the page was drawn."""
        if self.tab.version == self.task.draft.version:
            return self
        return replace(self, task=self.newest())

    def count_time(self) -> None:
        """Add the time since the last act to the reading and to the sitting."""
        workbench().sittings.act(self.actor, self.task.round, self._time_since_last_act())

    def _time_since_last_act(self) -> float:
        """Return the seconds of work since the last act, and take this moment for one."""
        tab, now = self.tab, workbench().clock()
        seconds = active_seconds(tab.last_act, now)
        tab.seconds, tab.last_act = tab.seconds + seconds, now
        return seconds

    def _save(self, body: ReviewBody, redraws: bool, changes: dict[str, Change]) -> None:
        tab = self.tab
        place = next((p for p, change in changes.items() if change.typed), "")
        tab.tried = body
        try:
            draft = workbench().reviewing.save_draft(
                self.actor,
                self.task.round,
                self.item.item_id,
                body,
                tab.version,
                place=place,
                seconds=self._time_since_last_act(),
            )
        except DraftConflict:
            self._ask_about(changes)
            return
        self._adopt(draft, redraws)

    def _ask_about(self, changes: dict[str, Change]) -> None:
        """Let the reader choose where what is stored would be overwritten; else nobody is asked.

        A server that fell after storing and before saying so knows more than the window does.
        """
        stored = self.newest().draft.body
        asked = {place: change for place, change in changes.items() if change.overwrites(stored)}
        self.tab.waiting, self.tab.anew = asked, True
        if not asked:
            self.put_on_top(changes)

    def _adopt(self, draft: Draft, redraws: bool) -> None:
        tab = self.tab
        tab.version, tab.body = draft.version, draft.body
        tab.saved, tab.restored = draft.saved_at, None
        if redraws:
            tab.rev, tab.anew = _new_rev(tab.rev), True


def open_draft(actor: Actor, task: Task, round_: Round) -> OpenDraft:
    """Put a task before its reader, and let this tab see what is stored by now."""
    base = stem(
        actor.person_id, task.round, task.item.item_id, task.item.version, task.submitted_revision
    )
    stored = task.draft
    tab = st.session_state.get(_place(base))
    if not isinstance(tab, Tab):
        restored = stored.saved_at if stored.version > 0 else None
        seen, now = stored.version, workbench().clock()
        tab = Tab(seen, stored.body, seen, _new_rev(0), restored, last_act=now)
        st.session_state[_place(base)] = tab
    tab.anew = False
    # Of two runs at once the older may have read the draft before the newer one's save.
    if not tab.waiting and stored.version > tab.version:
        tab.version, tab.body, tab.rev = stored.version, stored.body, _new_rev(tab.rev)
    return OpenDraft(actor=actor, task=task, round=round_, base=base, tab=tab)


def _place(base: str) -> str:
    return f"reading-{base}"


def _new_rev(old: int) -> int:
    """Return a revision above any this tab, or a server before a restart, has given out."""
    return max(old + 1, int(workbench().clock().timestamp() * 1000))
