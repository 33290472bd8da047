"""The reader's last word: recommendation, confidence, and Submit with what is still missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from src.domain.canonical import digest
from src.domain.errors import BadInputError, Problem
from src.domain.review import Confidence, Recommendation, ReviewBody, completeness_problems
from src.ui import receipt
from src.ui.body_edits import added_target, with_whole
from src.ui.draft_session import Change, OpenDraft
from src.ui.notices import careful
from src.ui.places import go
from src.ui.reading_room.acts import Act
from src.ui.reading_room.choices import Option, Place, Question, decision
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
    revises = draft.task.submitted_revision > 0
    decision(
        key=key,
        questions=[_question(draft, name) for name in CHOICES],
        submit="Store the revision" if revises else "Submit and open the next case",
        missing=[_place(problem) for problem in completeness_problems(draft.item, draft.body)],
        doubts=(),
        closed=_closed(draft),
        tries=draft.tab.tries,
        ahead=(),
        rev=draft.tab.rev,
        seen=draft.applied(key),
        on_change=draft.hears(key, _chosen),
        on_submit=submitting(draft),
    )


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
    if draft.task.submitted_revision > 0 and draft.task.draft.version == 0:
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
    if kind in {"criteria", "added_criteria"}:
        return Place(words=words, part="rubric")
    if kind == "checks":
        return Place(words=words, part="checks")
    return Place(words=words, own=kind if kind in CHOICES else None)


def submitting(draft: OpenDraft) -> Callable[[], None]:
    """Return the callback that stores the review for ever and opens the next case."""

    @careful
    def callback() -> None:
        draft.gather()
        tab = draft.tab
        tab.tries += 1
        if tab.waiting:
            return
        reviewing = workbench().reviewing
        task = draft.newest()
        stored = reviewing.submit(
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
        following = reviewing.next_item(draft.actor, task.round)
        go(item=following.item.item_id if following else "")

    return callback
