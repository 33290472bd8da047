"""The seven questions asked of every item."""

from __future__ import annotations

from src.domain.errors import BadInputError
from src.domain.review import Check, CheckAnswer, ReviewBody
from src.ui.body_edits import with_whole
from src.ui.draft_session import Change, OpenDraft
from src.ui.reading_room.acts import Act
from src.ui.reading_room.choices import Option, Question, checks
from src.ui.review_words import CHECK_ANSWERS
from src.ui.wording import CHECKS

ANSWERS = tuple(Option(value=answer, word=CHECK_ANSWERS[answer]) for answer in CheckAnswer)


def checks_form(draft: OpenDraft) -> None:
    """Show the questions with yes, no and unsure; only the first must be answered."""
    key = draft.key("checks")
    checks(
        key=key,
        label="Checks",
        questions=[_question(draft, check) for check in Check],
        rev=draft.tab.rev,
        seen=draft.applied(key),
        on_change=draft.hears(key, _answered),
    )


def _question(draft: OpenDraft, check: Check) -> Question:
    return Question(
        name=check, label=CHECKS[check], options=ANSWERS, value=draft.body.checks.get(check)
    )


def _answered(act: Act) -> Change:
    if act.target not in set(Check) or act.value not in {None, *CheckAnswer}:
        raise BadInputError(f"{act.target!r} is not a question with the answer {act.value!r}.")
    check = Check(act.target)

    def edit(body: ReviewBody) -> ReviewBody:
        others = {c: a for c, a in body.checks.items() if c is not check}
        given = {} if act.value is None else {check: CheckAnswer(act.text)}
        return with_whole(body, checks={**others, **given})

    def says(body: ReviewBody) -> str:
        given = body.checks.get(check)
        return CHECK_ANSWERS[given] if given else "No answer"

    return Change(CHECKS[check], edit, says)
