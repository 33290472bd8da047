"""Drafts, reviews, receipts; and nothing of other readers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from src.domain.people import OPERATOR, Actor, Role
from src.domain.review import (
    AddedCriterion,
    ClaimReading,
    CriterionReading,
    EditReason,
    Receipt,
    ReviewBody,
    Verdict,
)
from src.services.reviewing import DraftConflict, Task
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items

AMARA = actor("amara")
CANARY = "CANARY-7f3a"


@pytest.fixture
def task(bench: Workbench, tmp_path: Path) -> Task:
    """Give amara an item in hand."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench)
    found = bench.reviewing.next_item(AMARA, "first")
    assert found is not None
    return found


def submit(bench: Workbench, task: Task, key: str = "key-1", **changes: object) -> Receipt:
    """Submit amara's reading."""
    body = full_reading(task.item, **changes)  # type: ignore[arg-type]
    return bench.reviewing.submit(
        AMARA, "first", task.item.item_id, body, item_version=1, idempotency_key=key
    )


def save(bench: Workbench, task: Task, comment: str, version: int) -> int:
    """Save amara's draft and return its version."""
    body = ReviewBody(comment=comment)
    return bench.reviewing.save_draft(AMARA, "first", task.item.item_id, body, version).version


def test_a_draft_is_there_again_after_a_restart(bench: Workbench, task: Task) -> None:
    """Nothing of it is in the process."""
    assert [save(bench, task, text, n) for n, text in enumerate(("a", "ab", "abc"))] == [1, 2, 3]
    bench.database.engine.dispose()
    again = bench.reviewing.next_item(AMARA, "first")
    assert again is not None
    assert (again.draft.body.comment, again.draft.version) == ("abc", 3)


def test_a_window_that_is_behind_sees_the_newer_text_and_overwrites_nothing(
    bench: Workbench, task: Task
) -> None:
    """Behind by one, never saved, and ahead of what there is."""
    save(bench, task, "first window", 0)
    save(bench, task, "first window again", 1)
    for version in (0, 1, 5):
        with pytest.raises(DraftConflict) as conflict:
            save(bench, task, "second window", version)
        assert conflict.value.newer.body.comment == "first window again"
    draft = bench.reviewing.task(AMARA, "first", task.item.item_id).draft
    assert (draft.body.comment, draft.version) == ("first window again", 2)


@pytest.mark.parametrize("version", [0, 1])
def test_of_windows_that_save_at_once_one_wins_and_the_others_are_told(
    bench: Workbench, task: Task, version: int
) -> None:
    """Ten windows save over the same version: one is stored, nine hear of it."""
    for before in range(version):
        save(bench, task, "before", before)
    saved: list[str] = []
    told: list[str] = []

    def write(text: str) -> None:
        try:
            save(bench, task, text, version)
            saved.append(text)
        except DraftConflict as conflict:
            told.append(conflict.newer.body.comment)

    threads = [threading.Thread(target=write, args=(f"window {n}",)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(saved) == 1
    assert told == saved * 9


def test_submitting_over_a_draft_another_window_changed_is_refused(
    bench: Workbench, task: Task
) -> None:
    """The version the reader saw must be the one there is."""
    save(bench, task, "one", 0)
    save(bench, task, "two", 1)
    body = full_reading(task.item)
    with pytest.raises(DraftConflict):
        bench.reviewing.submit(
            AMARA, "first", task.item.item_id, body,
            item_version=1, idempotency_key="k", expected_version=1,
        )  # fmt: skip
    assert bench.reviewing.own_review(AMARA, "first", task.item.item_id) is None


def test_a_click_that_comes_twenty_times_makes_one_review(bench: Workbench, task: Task) -> None:
    """All get the same receipt."""
    receipts: list[Receipt] = []
    threads = [
        threading.Thread(target=lambda: receipts.append(submit(bench, task))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 20
    assert len({(receipt.number, receipt.hash) for receipt in receipts}) == 1
    review = bench.reviewing.own_review(AMARA, "first", task.item.item_id)
    assert review is not None
    assert review.revision == 1
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_receipt_is_the_hash_of_the_readers_own_event(bench: Workbench, task: Task) -> None:
    """It stands in the log."""
    receipt = submit(bench, task)
    assert receipt.number == 1
    found = [e for e in bench.browsing.log(OPERATOR) if e.hash == receipt.hash]
    assert [(event.kind, event.actor) for event in found] == [("review.submitted", "amara")]


def test_a_revision_supersedes_and_both_are_kept(bench: Workbench, task: Task) -> None:
    """Another key, another revision, the next number."""
    assert submit(bench, task).number == 1
    assert submit(bench, task, "key-2", comment="On second thoughts").number == 2
    again = bench.reviewing.task(AMARA, "first", task.item.item_id)
    assert (again.submitted_revision, again.draft.body.comment) == (2, "On second thoughts")
    kinds = [event.kind for event in bench.browsing.log(OPERATOR)]
    assert kinds.count("review.submitted") == 2


def test_somebody_elses_key_is_refused(bench: Workbench, task: Task) -> None:
    """A key belongs to one review."""
    submit(bench, task)
    other = bench.reviewing.next_item(actor("benoit"), "first")
    assert other is not None
    with pytest.raises(ConflictError, match="another review"):
        bench.reviewing.submit(
            actor("benoit"), "first", task.item.item_id, full_reading(task.item),
            item_version=1, idempotency_key="key-1",
        )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"recommendation": None},
        {"claims": ()},
        {"claims": (ClaimReading(claim_id="c9", verdict=Verdict.SUPPORTED),)},
        {"criteria": (CriterionReading(criterion_id="k1", action="delete"),)},
    ],
)
def test_a_reading_that_is_incomplete_or_does_not_fit_is_refused_with_every_problem(
    bench: Workbench, task: Task, changes: dict[str, Any]
) -> None:
    """And the reader keeps the item."""
    with pytest.raises(BadInputError) as refusal:
        submit(bench, task, **changes)
    assert refusal.value.problems
    assert bench.reviewing.own_review(AMARA, "first", task.item.item_id) is None
    assert bench.reviewing.next_item(AMARA, "first") is not None


def test_a_reading_of_another_version_is_refused(bench: Workbench, task: Task) -> None:
    """The round asks for version 1."""
    with pytest.raises(ConflictError, match="version 2"):
        bench.reviewing.submit(
            AMARA, "first", task.item.item_id, full_reading(task.item),
            item_version=2, idempotency_key="k",
        )  # fmt: skip


def test_who_was_disabled_or_lost_the_role_is_stopped_at_the_next_act(
    bench: Workbench, task: Task
) -> None:
    """Also in a window that was opened before; what was stored is kept."""
    save(bench, task, "kept", 0)
    item_id = task.item.item_id
    acts: tuple[Callable[[], object], ...] = (
        lambda: bench.people.set_active(OPERATOR, "amara", False),
        lambda: bench.people.set_roles(OPERATOR, "amara", [Role.EVALUATOR]),
    )
    attempts: tuple[Callable[[], object], ...] = (
        lambda: save(bench, task, "more", 1),
        lambda: submit(bench, task),
        lambda: bench.reviewing.next_item(AMARA, "first"),
    )
    for act in acts:
        act()
        for attempt in attempts:
            with pytest.raises(NotAllowedError):
                attempt()
        bench.people.set_active(OPERATOR, "amara", True)
    bench.people.set_roles(OPERATOR, "amara", [Role.REVIEWER])
    assert bench.reviewing.task(AMARA, "first", item_id).draft.body.comment == "kept"


def test_a_disabled_adjudicator_decides_nothing_and_is_no_actor(bench: Workbench) -> None:
    """The door is closed before the room."""
    bench.people.set_active(OPERATOR, "chen", False)
    with pytest.raises(NotAllowedError):
        bench.people.actor("chen")


def test_a_revision_after_exposure_is_flagged_and_left_out_of_statistics(
    bench: Workbench, task: Task
) -> None:
    """Amara, an adjudicator too, saw the readings of another round; her first reading counts."""
    item_id = task.item.item_id
    submit(bench, task)
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    with bench.database.transaction() as t:
        from db import people

        people.expose(t, "amara", item_id, "readings", bench.clock())
    submit(bench, task, "key-2", verdict=Verdict.CONTRADICTED)
    review = bench.reviewing.own_review(AMARA, "first", item_id)
    assert review is not None
    assert review.after_exposure
    verdicts = next(f for f in bench.agreeing.by_field(actor("lena")) if f.field == "claim verdict")
    assert verdicts.coefficients[0].value == 0.0


def test_nothing_of_another_reader_reaches_a_reader(bench: Workbench, tmp_path: Path) -> None:
    """Benoît wrote the canary everywhere he could; nothing Amara gets holds it, or his id."""
    lines = [item_line("001", images=[]), item_line("002", case="case-2", images=[])]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    said = CriterionReading(
        criterion_id="k1", action="edit", text=CANARY, reason=EditReason.WRONG, note=CANARY
    )
    added = AddedCriterion(text=CANARY, note=CANARY)
    for item_id in read_all(
        bench, "benoit", comment=CANARY, criteria=(said,), added_criteria=(added,)
    ):
        assert bench.reviewing.own_review(actor("benoit"), "first", item_id) is not None

    heard = [repr(bench.assigning.open_rounds(AMARA)), repr(bench.assigning.all_of(AMARA))]
    heard.append(repr(bench.assigning.get(AMARA, "first")))
    heard.append(repr(bench.assigning.own_progress(AMARA, "first")))
    while (task := bench.reviewing.next_item(AMARA, "first")) is not None:
        item_id = task.item.item_id
        heard.append(task.model_dump_json())
        heard.append(
            bench.reviewing.save_draft(AMARA, "first", item_id, ReviewBody(), 0).model_dump_json()
        )
        with pytest.raises(DraftConflict) as conflict:
            bench.reviewing.save_draft(AMARA, "first", item_id, ReviewBody(), 7)
        heard += [str(conflict.value), conflict.value.newer.model_dump_json()]
        with pytest.raises(BadInputError) as refusal:
            submit(bench, task, f"bad-{item_id}", recommendation=None)
        heard += [str(refusal.value), *(p.model_dump_json() for p in refusal.value.problems)]
        heard.append(submit(bench, task, item_id).model_dump_json())
        heard.append(bench.reviewing.task(AMARA, "first", item_id).model_dump_json())
    heard.append(repr(bench.reviewing.recent(AMARA)))
    assert len(heard) > 15
    assert not [text for text in heard if CANARY in text or "benoit" in text]


def test_an_adjudicator_sees_letters_and_no_person(bench: Workbench, tmp_path: Path) -> None:
    """Case, disputes and the list hold no id of a reader or of a review."""
    bench.importing.store_file(
        OPERATOR, write_items(tmp_path / "in", [item_line("001", images=[])])
    )
    open_round(bench)
    read_all(bench, "amara", comment="mine")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    chen = actor("chen")
    case = bench.adjudicating.case(chen, "first", "test/diagnosis/001")
    disputes = list(bench.adjudicating.disputes(chen))
    shown = case.model_dump_json() + repr(disputes) + repr(bench.adjudicating.worst_first(chen))
    reviews = [
        bench.reviewing.own_review(actor(name), "first", "test/diagnosis/001")
        for name in ("amara", "benoit")
    ]
    for secret in (
        "amara",
        "benoit",
        *(review.review_id for review in reviews if review is not None),
    ):
        assert secret not in shown
    assert {reader for reader, _, _ in case.notes} <= {"A", "B"}
    assert bench.adjudicating.case(chen, "first", "test/diagnosis/001") == case


def test_a_reader_finds_only_what_they_hold(bench: Workbench, task: Task) -> None:
    """Another reader's item, another round and an unknown item are all simply not found."""
    for person, round_name, item_id in (
        ("benoit", "first", task.item.item_id),
        ("dalia", "first", task.item.item_id),
        ("amara", "other", task.item.item_id),
        ("amara", "first", "test/diagnosis/999"),
    ):
        with pytest.raises(NotFoundError):
            bench.reviewing.task(actor(person), round_name, item_id)
    with pytest.raises(NotFoundError):
        bench.reviewing.next_item(Actor(person_id="dalia", roles=AMARA.roles), "first")
