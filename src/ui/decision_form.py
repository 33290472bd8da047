"""The reader's last word: recommendation, confidence, and Submit with what is still missing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from src.domain.canonical import digest
from src.domain.errors import BadInputError, Problem
from src.domain.leak_status import undecided_hits
from src.domain.review import (
    Confidence,
    Recommendation,
    ReviewBody,
    completeness_problems,
    doubts,
)
from src.domain.round import RoundKind
from src.ui import receipt
from src.ui.body_edits import added_target, with_whole
from src.ui.draft_session import Change, OpenDraft
from src.ui.hit_marks import hits_of
from src.ui.pictures import addresses_ahead
from src.ui.places import go
from src.ui.reading_place import item_after, track_chosen
from src.ui.reading_room.acts import Act
from src.ui.reading_room.choices import DecisionState, Option, Place, Question, decision
from src.ui.session import workbench
from src.ui.typed import typed
from src.ui.wording import CONFIDENCES, RECOMMENDATIONS

CHOICES: dict[str, tuple[str, type[StrEnum], Mapping[Any, str]]] = {
    "recommendation": ("Recommendation", Recommendation, RECOMMENDATIONS),
    "confidence": ("How sure are you?", Confidence, CONFIDENCES),
}


def comment_field(draft: OpenDraft) -> None:
    """Show the comment on the item as a whole."""
    typed(
        draft,
        "comment",
        "Comment",
        draft.body.comment,
        lambda body, text: with_whole(body, comment=text),
        lambda body: body.comment,
        rows=3,
        placeholder="Anything the next reader of this item should know. Saved as you type.",
    )


def decision_form(draft: OpenDraft) -> None:
    """Show the decision and Submit; it stays in view while the form scrolls."""
    key = draft.key("decide")
    decision(
        key=key,
        questions=[_question(draft, name) for name in CHOICES],
        submit=_submit_word(draft),
        state=decision_state(draft),
        tries=draft.tab.tries,
        ahead=draft.once("ahead", lambda: _ahead(draft)),
        rev=draft.tab.rev,
        seen=draft.applied(key),
        on_change=draft.obeys(key, lambda act: _do(draft, act)),
    )


def decision_state(draft: OpenDraft) -> DecisionState:
    """Return what stands beside Submit: what is missing, and what to look at again."""
    return DecisionState(
        version=draft.tab.version,
        missing=tuple(_place(p) for p in completeness_problems(draft.item, draft.body)),
        doubts=() if _is_over(draft) else _doubts(draft),
        closed=_closed(draft),
    )


def _doubts(draft: OpenDraft) -> tuple[Place, ...]:
    hits = undecided_hits(hits_of(draft), draft.body)
    return tuple(_place(doubt) for doubt in doubts(draft.item, draft.body, hits))


def _submit_word(draft: OpenDraft) -> str:
    if draft.task.submitted_revision:
        return "Store the revision"
    if draft.round.kind is RoundKind.CALIBRATION:
        return "Submit and compare with gold"
    return "Submit and open the next case"


def _is_over(draft: OpenDraft) -> bool:
    """Return True when a practice case was read: that is done once."""
    return draft.round.kind is RoundKind.CALIBRATION and draft.task.submitted_revision > 0


def _ahead(draft: OpenDraft) -> list[str]:
    reviewing = workbench().reviewing
    shas = reviewing.upcoming_images(draft.actor, draft.task.round, track_chosen())
    return addresses_ahead(shas, draft.actor)


def _question(draft: OpenDraft, name: str) -> Question:
    label, options, words = CHOICES[name]
    return Question(
        name=name,
        label=label,
        options=tuple(Option(value=option, word=words[option]) for option in options),
        value=getattr(draft.body, name),
    )


def _chosen(act: Act) -> Change:
    if act.target not in CHOICES:
        raise BadInputError(f"There is no question {act.target!r} here.")
    label, options, words = CHOICES[act.target]
    if act.value is not None and act.value not in set(options):
        raise BadInputError(f"{act.value!r} is no answer to {label!r}.")

    def says(body: ReviewBody) -> str:
        given = getattr(body, act.target)
        return words[given] if given is not None else "Not chosen"

    return Change(label, lambda body: with_whole(body, **{act.target: act.value}), says)


def _closed(draft: OpenDraft) -> str:
    if draft.tab.waiting:
        return "Choose above which of the two texts counts."
    submitted = draft.task.submitted_revision > 0
    if submitted and draft.round.kind is RoundKind.CALIBRATION:
        return "A practice case is read once. Compare above, then go on."
    if submitted and draft.task.draft.version == 0:
        return "Nothing is changed yet."
    return ""


def _place(problem: Problem) -> Place:
    """Return where on the page a missing thing is to be given."""
    kind, _, rest = (problem.column or "").partition(".")
    words = problem.message
    if kind == "claims":
        return Place(words=words, claim=rest.rpartition(".")[0], part="claims")
    if kind == "added_claims":
        number = rest.partition(".")[0]
        claim = added_target(int(number)) if number.isdecimal() else None
        return Place(words=words, claim=claim, part="claims")
    if kind == "images":
        return Place(words=words, image=rest)
    if kind in {"criteria", "added_criteria"}:
        return Place(words=words, part="rubric")
    if kind == "hits":
        return Place(words=words, part="leaks")
    if kind == "checks":
        return Place(words=words, part="checks")
    return Place(words=words, own=kind if kind in CHOICES else None)


def _do(draft: OpenDraft, act: Act) -> None:
    if act.kind == "submit":
        _submit(draft)
    else:
        draft.put(_chosen(act))


def _submit(draft: OpenDraft) -> None:
    """Store the review for ever and open the next case."""
    tab = draft.tab
    tab.tries += 1
    if tab.waiting:
        return
    draft.count_time()
    task = draft.newest()
    stored = workbench().reviewing.submit(
        draft.actor,
        task.round,
        task.item.item_id,
        task.draft.body,
        item_version=draft.item.version,
        idempotency_key=digest({"reading": draft.base, "version": tab.version}),
        expected_version=tab.version,
        seconds_active=round(tab.seconds),
    )
    receipt.keep(stored, task.round, task.item.item_id)
    if draft.round.kind is RoundKind.CALIBRATION:
        return
    go(item=item_after(draft.actor, task.round))
