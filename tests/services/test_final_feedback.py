"""Own readings beside gold: only of final items, never of one still to be read, and remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.errors import NotFoundError
from src.domain.people import OPERATOR
from src.domain.reasons import Reason
from src.domain.review import Verdict
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items

ONE = "test/diagnosis/001"
AMARA, LENA = actor("amara"), actor("lena")
KEY = ("first", ONE)


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give five items; Amara and Benoît differ on every one."""
    lines = [item_line(f"00{n}", images=[], case=f"case-{n}") for n in range(1, 6)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    return bench


def release(study: Workbench) -> None:
    """Settle every dispute for Benoît's reading or Amara's, and make a release."""
    for dispute in list(study.adjudicating.disputes(actor("chen"))):
        other = next(r.reader for r in dispute.readings if r.key == "contradicted")
        study.adjudicating.decide(
            actor("chen"),
            Ruling(
                round="first",
                item_id=dispute.item_id,
                unit=dispute.unit,
                chosen=other,
                reason=Reason.IMAGE_QUALITY,
                rationale="Amara overlooked the kidney.",
            ),
        )
    study.releasing.release(LENA)


def sees(study: Workbench, person: str = "amara") -> bool:
    """Return True when a reader is offered the item beside gold, and is shown it."""
    offered = study.finals.among(actor(person), [KEY]) == {KEY}
    try:
        study.finals.beside_gold(actor(person), *KEY)
    except NotFoundError:
        assert not offered
        return False
    assert offered
    return True


def test_nothing_is_shown_before_the_item_is_in_a_release(study: Workbench) -> None:
    """Read by all, even settled, is not final; nobody is remembered to have seen anything."""
    assert not sees(study)
    assert study.finals.drift(AMARA) == ()
    release(study)
    assert sees(study)


def test_own_reading_stands_beside_gold_with_the_reason_word_only(study: Workbench) -> None:
    """The unit that differs, its ruling's reason; no rationale, no votes, no other reader."""
    release(study)
    found = study.finals.beside_gold(AMARA, *KEY)
    differing = [u for u in found.feedback.units if not u.same]
    assert [(u.unit, u.own.key, u.gold.key) for u in differing] == [
        ("claim:c1", "supported", "contradicted")
    ]
    assert found.reasons["claim:c1"] == "image_quality"
    told = found.model_dump_json()
    assert not any(word in told for word in ("overlooked", "votes", "benoit", "chen"))
    assert study.finals.beside_gold(actor("benoit"), *KEY).feedback.share == 1.0


def test_who_may_still_read_the_item_in_another_round_sees_nothing_of_it(study: Workbench) -> None:
    """Also when that round is closed, for it can be reopened; once they have read, they see."""
    release(study)
    open_round(study, "second", ("amara", "dalia"), item_ids=(ONE,))
    assert not sees(study)
    assert sees(study, "benoit")
    study.assigning.close(LENA, "second")
    assert not sees(study)
    study.assigning.reopen(LENA, "second")
    read_all(study, "amara", "second")
    assert sees(study)


def test_who_has_not_read_the_item_is_refused_in_the_same_words(study: Workbench) -> None:
    """A stranger to the round, an item that is not there, and one that is not final."""
    said = set()
    for who, key in ((AMARA, KEY), (actor("dalia"), KEY), (AMARA, ("first", "none"))):
        with pytest.raises(NotFoundError) as refusal:
            study.finals.beside_gold(who, *key)
        said.add(str(refusal.value))
    assert len(said) == 1


def test_what_is_revised_after_gold_was_seen_counts_no_more(study: Workbench) -> None:
    """It is kept, gold stays, and the item comes to them in no later round."""
    release(study)
    assert sees(study)
    head = study.browsing.head(OPERATOR)
    assert sees(study)
    assert study.browsing.head(OPERATOR) == head
    task = study.reviewing.task(AMARA, "first", ONE)
    study.reviewing.submit(
        AMARA,
        "first",
        ONE,
        full_reading(task.item, Verdict.CONTRADICTED),
        item_version=1,
        idempotency_key="after",
    )
    assert study.finals.beside_gold(AMARA, *KEY).feedback.units[0].own.key == "supported"
    open_round(study, "second", ("amara", "dalia"), item_ids=(ONE,))
    assert study.reviewing.next_item(AMARA, "second") is None
    assert study.browsing.verify(OPERATOR).problems == ()


def test_left_out_readings_get_no_feedback(study: Workbench) -> None:
    """They count nowhere."""
    release(study)
    study.departing.end_part(LENA, "first", "amara", keep=False, reason="Left.")
    assert not sees(study)


def test_drift_counts_final_items_only(study: Workbench) -> None:
    """Five final items make a point; one of them asked again takes it away."""
    release(study)
    (point,) = study.finals.drift(AMARA)
    units = len(study.finals.beside_gold(AMARA, *KEY).feedback.units)
    assert (point.items, point.agreed.whole, point.agreed.part) == (5, 5 * units, 5 * (units - 1))
    open_round(study, "second", ("amara", "dalia"), item_ids=("test/diagnosis/002",))
    assert study.finals.drift(AMARA) == ()
