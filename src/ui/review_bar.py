"""The slim line above a reading: where one is, what is saved, and the acts on all of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.item import Track
from src.domain.review import Verdict
from src.domain.round import Round, SkipReason, TrackQueue
from src.ui.draft_session import OpenDraft
from src.ui.notices import tell
from src.ui.places import go
from src.ui.reading_place import PAUSED, item_after, track_chosen
from src.ui.reading_room.acts import Act
from src.ui.reading_room.bar import BarState, GuidePart, SkipChoice, Steps, bar
from src.ui.reading_room.choices import Option
from src.ui.review_words import SKIP_ROUTES, SKIPS, changed_parts
from src.ui.session import workbench
from src.ui.times import to_the_minute, to_the_second
from src.ui.wording import SIGNS, TRACKS, VERDICTS

NOTE_LENGTH = 2_000
MEANINGS = {
    Verdict.SUPPORTED: "the images or the text show it",
    Verdict.PARTLY_SUPPORTED: "a part of it is shown",
    Verdict.CONTRADICTED: "the images or the text say otherwise",
    Verdict.NOT_IN_EVIDENCE: "neither images nor text speak of it",
    Verdict.CANNOT_JUDGE: "you cannot tell, for whatever reason",
}
SKIP_CHOICES = tuple(
    SkipChoice(value=reason, word=SKIPS[reason], leads=SKIP_ROUTES[reason]) for reason in SkipReason
)


def review_bar(draft: OpenDraft, rounds: list[Round]) -> None:
    """Show the line above the reading."""
    key = draft.key("bar")
    task, track = draft.task, track_chosen()
    state = BarState(
        rounds=tuple(Option(value=one.name, word=one.name) for one in rounds),
        round=draft.round.name,
        tracks=draft.once("tracks", lambda: _tracks(draft)),
        track=track.value if track else "",
        place=draft.once("place", lambda: _place(draft)),
        revises=task.submitted_revision > 0,
        skips=SKIP_CHOICES,
        guide=_guide(),
        guidelines=draft.once("guidelines", lambda: _has_guidelines(draft)),
    )
    with st.container(key="bar"):
        bar(
            key=key,
            state=state,
            steps=steps(draft),
            rev=draft.tab.rev,
            seen=draft.applied(key),
            on_change=draft.obeys(key, lambda act: _do(draft, act)),
        )


def _place(draft: OpenDraft) -> str:
    pace = workbench().sittings.pace(draft.actor, draft.task.round)
    if draft.task.submitted_revision:
        return f"{pace.done} of {pace.total} read"
    queues = draft.once("queues", lambda: _queues(draft))
    if not any(queue.more for queue in queues):
        left = sum(queue.open for queue in queues)
        pace = pace.model_copy(update={"total": min(pace.total, pace.done + 1 + left)})
    here = min(pace.done + 1, pace.total)
    return pace.model_copy(update={"done": here}).words


def _queues(draft: OpenDraft) -> list[TrackQueue]:
    return workbench().assigning.own_tracks(draft.actor, draft.task.round)


def _tracks(draft: OpenDraft) -> tuple[Option, ...]:
    queues = draft.once("queues", lambda: _queues(draft))
    if len(queues) < 2:
        return ()
    each = [
        Option(value=queue.track, word=f"{TRACKS[queue.track]} ({queue.open} left)")
        for queue in queues
    ]
    return (Option(value="", word="All tracks"), *each)


def steps(draft: OpenDraft) -> Steps:
    """Return what the line says of what is stored."""
    return Steps(
        version=draft.tab.version,
        saved=saved_words(draft),
        undoable=draft.task.undoable,
        redoable=draft.task.redoable,
    )


def saved_words(draft: OpenDraft) -> str:
    """Return what is stored, in a few words."""
    tab = draft.tab
    if tab.waiting:
        return "Not saved: choose below"
    version, words = tab.stepped
    if version == tab.version:
        return words
    if tab.saved is not None:
        return f"Saved {to_the_second(tab.saved)}"
    if tab.restored is not None:
        return f"Restored what you wrote at {to_the_minute(tab.restored)}"
    return "Every change is saved as you make it"


def _has_guidelines(draft: OpenDraft) -> bool:
    return workbench().guidelines.newest(draft.actor) is not None


def _guide() -> tuple[GuidePart, ...]:
    verdicts = "\n".join(f"{SIGNS[v]} {VERDICTS[v]}: {MEANINGS[v]}" for v in Verdict)
    rule = "Judge each claim by the images and the text of this case, nothing else."
    return (GuidePart(text=rule), GuidePart(title="Verdicts", text=verdicts))


def _do(draft: OpenDraft, act: Act) -> None:
    doing: dict[str, Callable[[], None]] = {
        "undo": lambda: _step(draft, undo=True),
        "redo": lambda: _step(draft, undo=False),
        "mine": lambda: go(view="mine"),
        "guidelines": lambda: go(view="guidelines"),
        "next": lambda: go(item="", round=""),
        "round": lambda: go(round=act.text, item="", track=""),
        "track": lambda: _choose_track(draft, act.text),
        "pause": lambda: _pause(draft),
        "skip": lambda: _skip(draft, act),
        "key": lambda: _set_key(draft, act),
        "reset-keys": lambda: _reset_keys(draft),
    }
    if act.kind not in doing:
        raise BadInputError(f"There is nothing to do by {act.kind!r}.")
    doing[act.kind]()


def _step(draft: OpenDraft, *, undo: bool) -> None:
    before = draft.tab.body
    draft.step(undo=undo)
    after = draft.tab.body
    parts = ", ".join(changed_parts(before, after, [c.claim_id for c in draft.item.claims]))
    words = f"{'Taken back' if undo else 'Made again'}: {parts or 'nothing that shows'}"
    draft.tab.stepped = (draft.tab.version, words)


def _choose_track(draft: OpenDraft, track: str) -> None:
    if track and track not in set(Track):
        raise BadInputError(f"There is no track {track!r}.")
    go(track=track)
    if track and draft.item.track.value != track:
        go(item="")


def _pause(draft: OpenDraft) -> None:
    draft.count_time()
    ended = workbench().sittings.pause(draft.actor, draft.task.round)
    st.session_state[PAUSED] = ended
    go(view="pause")


def _skip(draft: OpenDraft, act: Act) -> None:
    if act.value not in set(SkipReason):
        raise BadInputError(f"{act.value!r} is no reason to pass an item on.")
    reason, reviewing, task = SkipReason(act.text), workbench().reviewing, draft.task
    reviewing.skip(draft.actor, task.round, task.item.item_id, reason, act.target[:NOTE_LENGTH])
    following = item_after(draft.actor, task.round)
    tell(f"Passed on. {SKIP_ROUTES[reason]}")
    go(item=following)


def _set_key(draft: OpenDraft, act: Act) -> None:
    preferences = workbench().preferences
    changes = preferences.keys(draft.actor).changes()
    preferences.set_keys(draft.actor, {**changes, act.target: act.text})
    draft.tab.known.pop("keys", None)


def _reset_keys(draft: OpenDraft) -> None:
    workbench().preferences.reset_keys(draft.actor)
    draft.tab.known.pop("keys", None)
