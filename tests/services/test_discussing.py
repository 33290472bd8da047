"""Questions to the readers of an item: who sees what, and what it does to their readings."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.errors import BadInputError, NotAllowedError, NotFoundError
from src.domain.people import OPERATOR
from src.domain.review import Verdict
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items

AMARA, BENOIT, CHEN = actor("amara"), actor("benoit"), actor("chen")
ITEM, CLAIM = "test/diagnosis/001", "claim:c1"
ASKED = "Does the box on image 2 show bone?"


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give an item on which two readers differ, and a question about it."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench)
    read_all(bench, "amara", comment="Amara's own comment")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED, comment="Benoit's own comment")
    bench.discussing.ask(CHEN, "first", ITEM, CLAIM, ASKED)
    return bench


def revise(study: Workbench, verdict: Verdict) -> None:
    """Let Amara submit another verdict."""
    task = study.reviewing.task(AMARA, "first", ITEM)
    study.reviewing.submit(
        AMARA,
        "first",
        ITEM,
        full_reading(task.item, verdict),
        item_version=1,
        idempotency_key=f"again {verdict}",
    )


def test_each_reader_finds_the_question_until_they_have_answered(study: Workbench) -> None:
    """Both are asked; one answers, the other is still asked; nobody else is."""
    assert [q.item_id for q in study.discussing.questions(AMARA)] == [ITEM]
    study.discussing.thread(AMARA, "first", ITEM)
    study.discussing.answer(AMARA, "first", ITEM, CLAIM, "It is soft tissue.")
    assert study.discussing.questions(AMARA) == []
    assert [q.item_id for q in study.discussing.questions(BENOIT)] == [ITEM]
    assert study.discussing.questions(actor("dalia")) == []
    assert study.browsing.verify(OPERATOR).problems == ()


def test_a_reader_sees_the_question_and_no_word_of_the_other_reader(study: Workbench) -> None:
    """Own reading, own answers, what the adjudicator wrote, one's own letter: that is all."""
    study.discussing.answer(BENOIT, "first", ITEM, CLAIM, "Bone, surely.")
    thread = study.discussing.thread(AMARA, "first", ITEM)
    assert [(one.who, one.text) for one in thread.said] == [("Adjudicator", ASKED)]
    shown = thread.model_dump_json()
    assert "Amara's own comment" in shown
    for word in ("Bone, surely", "Benoit's own comment", "contradicted", "benoit", "chen"):
        assert word not in shown


def test_the_adjudicator_sees_answers_by_letter_and_no_name(study: Workbench) -> None:
    """Each under the letter that reader has on this item."""
    study.discussing.answer(AMARA, "first", ITEM, CLAIM, "It is soft tissue.")
    letter = study.discussing.thread(AMARA, "first", ITEM).letter
    case = study.adjudicating.case(CHEN, "first", ITEM)
    assert [(one.who, one.text) for one in case.threads[CLAIM]] == [
        ("Adjudicator", ASKED),
        (f"Reader {letter}", "It is soft tissue."),
    ]
    assert "amara" not in case.model_dump_json()


def test_a_revision_after_the_question_was_seen_is_kept_and_counts_nowhere(
    study: Workbench,
) -> None:
    """The dispute stands on the independent readings; the change is shown beside them."""
    before = study.adjudicating.case(CHEN, "first", ITEM).disputes
    agreement = study.agreeing.by_field(actor("lena"))
    study.discussing.thread(AMARA, "first", ITEM)

    revise(study, Verdict.CONTRADICTED)

    newest = study.reviewing.own_review(AMARA, "first", ITEM)
    assert newest is not None and newest.after_exposure
    case = study.adjudicating.case(CHEN, "first", ITEM)
    assert case.disputes == before
    assert [r.key for r in case.revised[CLAIM]] == ["contradicted"]
    assert study.agreeing.by_field(actor("lena")) == agreement


def test_a_revision_before_the_question_was_opened_counts(study: Workbench) -> None:
    """That there is a question tells a reader nothing; only opening it does."""
    assert study.discussing.questions(AMARA)
    revise(study, Verdict.CONTRADICTED)
    assert [d.unit for d in study.adjudicating.case(CHEN, "first", ITEM).disputes] == []


def test_nobody_is_asked_about_an_item_they_hold_to_read_once_more(study: Workbench) -> None:
    """In another round the question would be before their eyes: it waits."""
    open_round(study, "second", ("amara",))
    assert study.reviewing.next_item(AMARA, "second") is not None
    assert study.discussing.questions(AMARA) == []
    with pytest.raises(NotAllowedError, match="once more"):
        study.discussing.thread(AMARA, "first", ITEM)
    read_all(study, "amara", "second")
    assert [q.item_id for q in study.discussing.questions(AMARA)] == [ITEM]


def test_who_saw_a_question_gets_no_slot_on_the_item(study: Workbench) -> None:
    """They know now that others read it otherwise."""
    study.discussing.thread(AMARA, "first", ITEM)
    open_round(study, "second", ("amara",))
    assert study.reviewing.next_item(AMARA, "second") is None


def test_a_question_on_what_was_settled_since_asks_nobody(study: Workbench) -> None:
    """Once the unit is ruled on the line is gone."""
    study.adjudicating.decide(
        CHEN, Ruling(round="first", item_id=ITEM, unit=CLAIM, chosen="A", reason="reader_slip")
    )
    assert study.discussing.questions(AMARA) == []


def test_an_answer_in_the_making_is_kept_until_it_is_sent(study: Workbench) -> None:
    """Over a reload, and for its writer alone."""
    study.discussing.keep_answer(AMARA, "first", ITEM, CLAIM, "It is so")
    assert study.discussing.thread(AMARA, "first", ITEM).begun == {CLAIM: "It is so"}
    assert study.discussing.thread(BENOIT, "first", ITEM).begun == {}
    study.discussing.answer(AMARA, "first", ITEM, CLAIM, "It is soft tissue.")
    assert study.discussing.thread(AMARA, "first", ITEM).begun == {}


def test_only_those_it_concerns_ask_and_answer(study: Workbench) -> None:
    """No reader of the item asks; nobody answers who did not read, or was not asked."""
    for act in (study.discussing.answer, study.discussing.keep_answer):
        with pytest.raises(NotFoundError, match="not read"):
            act(actor("dalia"), "first", ITEM, CLAIM, "x")
        with pytest.raises(NotFoundError, match="Nobody asks"):
            act(AMARA, "first", ITEM, "check:answer_correct", "x")
    with pytest.raises(BadInputError, match="nothing written"):
        study.discussing.ask(CHEN, "first", ITEM, CLAIM, "  ")
    with pytest.raises(BadInputError, match="said anything"):
        study.discussing.ask(CHEN, "first", ITEM, "claim:c9", "x")
