"""Before an own reading nobody is told, item by item, what an earlier round made of the item.

Vera reads and may see scores. A second round asks her for an item that is gold already, by others;
of another item of the same release nothing is asked of her.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from src.domain.errors import NotAllowedError
from src.domain.item import Track
from src.domain.people import Actor, Role
from src.domain.review import CriterionReading, EditReason, Proposals
from src.services.what_if import Edit
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, open_round, read_all
from tests.services.test_scoring import answer, graded, store, treatment
from tests.services.test_what_if import VERA, with_roles

TO_READ, TOLD = "test/treatment/001", "test/treatment/002"
MARK = "Zebra"
ONE = [{"path": "001-1.png", "caption": "One image"}]
DELETED = CriterionReading(criterion_id="k1", action="delete", reason=EditReason.TOO_VAGUE)
LEADS = Actor(person_id="vera", roles=frozenset({Role.REVIEWER, Role.LEAD}))
SETTLES = Actor(
    person_id="vera", roles=frozenset({Role.REVIEWER, Role.ADJUDICATOR, Role.EVALUATOR})
)
WHO = pytest.mark.parametrize("who", [VERA, LEADS, SETTLES], ids=["evaluator", "lead", "settles"])


@pytest.fixture(params=["for the first time", "once more"])
def study(bench: Workbench, tmp_path: Path, request: pytest.FixtureRequest) -> Workbench:
    """Give release 2 of two items, of which one waits for Vera in a second round.

    For the first time, or once more: what she sent in an earlier round is not what it waits for.
    """
    with_roles(bench)
    store(bench, tmp_path, [treatment("001", images=ONE), treatment("002", "case-2")])
    answer(bench, tmp_path, [graded("001", 1, 0, 1, 0), graded("002", 1, 0, 0, 0)], "model-a")
    answer(bench, tmp_path, [graded("001", 0, 0, 1, 0), graded("002", 0, 1, 0, 0)], "model-b")
    if request.param == "once more":
        open_round(bench, "before", persons=("vera",), item_ids=(TO_READ,))
        send(bench, "before")
    open_round(bench, persons=("benoit",))
    open_round(bench, "second", persons=("vera",), item_ids=(TO_READ,))
    read_all(bench, "benoit")
    bench.releasing.release(actor("lena"))
    open_round(bench, "third", persons=("amara",))
    read_all(
        bench,
        "amara",
        "third",
        criteria=(DELETED,),
        proposals=Proposals(answer=f"{MARK} 960 mg."),
    )
    bench.releasing.release(actor("lena"))
    return bench


def send(bench: Workbench, name: str = "second") -> None:
    """Let Vera send her reading in a round."""
    take(bench, name)
    item = bench.reviewing.task(VERA, name, TO_READ).item
    bench.reviewing.submit(
        VERA, name, TO_READ, full_reading(item), item_version=1, idempotency_key=f"vera-{name}"
    )


def take(bench: Workbench, name: str = "second") -> None:
    """Let Vera open the item that waits for her in a round."""
    task = bench.reviewing.next_item(VERA, name)
    assert task is not None
    assert task.item.item_id == TO_READ


@WHO
def test_gold_of_an_item_is_withheld_until_the_own_reading(study: Workbench, who: Actor) -> None:
    """Its page, its line, what differs between releases and what is stale; the count is said."""
    take(study)
    with pytest.raises(NotAllowedError, match="You may still be asked to read"):
        study.browsing.gold(who, 2, TO_READ)
    assert [gold.item_id for gold in study.releasing.page(who, 2)] == [TOLD]
    assert [one.item_id for one in study.releasing.difference(who, 1, 2)] == [TOLD]
    assert [one.item_id for one in study.releasing.stale(who, 1)] == [TOLD]
    assert study.releasing.withheld(who) == 1
    assert study.browsing.gold(who, 2, TOLD).body.answer.startswith(MARK)

    send(study)

    assert study.browsing.gold(who, 2, TO_READ).body.answer.startswith(MARK)
    assert len(study.releasing.page(who, 2)) == 2
    assert study.releasing.withheld(who) == 0


@WHO
def test_an_item_is_shown_as_it_is_asked_until_the_own_reading(
    study: Workbench, who: Actor
) -> None:
    """Without the releases it is in."""
    story = study.browsing.story(who, TO_READ)
    assert (story.releases, story.withheld) == ((), "second")
    assert len(study.browsing.story(who, TOLD).releases) == 2
    take(study)
    send(study)
    assert [number for number, *_ in study.browsing.story(who, TO_READ).releases] == [2]


def test_a_preview_counts_what_it_does_not_tell(study: Workbench) -> None:
    """The item that waits for a reading is listed as waiting, which says nothing of readings."""
    preview = study.releasing.preview(LEADS)
    assert preview.ready + len(preview.left_out) + preview.withheld == 2
    assert MARK not in preview.model_dump_json()


@WHO
def test_no_export_tells_what_the_own_reading_waits_for(
    study: Workbench, tmp_path: Path, who: Actor
) -> None:
    """It is refused with the number of items; others may have it."""
    with pytest.raises(NotAllowedError, match="1 item of which your own reading is still to come"):
        study.exporting.export(who, 2, tmp_path / "out")
    assert study.exporting.export(actor("emil"), 2, tmp_path / "out").items == 2
    take(study)
    send(study)
    assert study.exporting.export(who, 2, tmp_path / "mine").items == 2


@pytest.mark.parametrize("who", [VERA, LEADS], ids=["evaluator", "lead"])
def test_what_changed_names_no_item_before_the_own_reading(study: Workbench, who: Actor) -> None:
    """Nor, of one item, any sum that is its own; the count is said."""
    emil = actor("emil")
    for model in ("model-a", "model-b"):
        found = study.scoring.difference(who, model, Track.TREATMENT)
        every = study.scoring.difference(emil, model, Track.TREATMENT)
        assert not found.is_told
        assert TO_READ in {item.item_id for item in every.items}
        assert TO_READ not in found.model_dump_json()
        assert (found.withheld, every.withheld) == (1, 0)
        assert found.difference.delta is None
        assert found.split == ()
        assert {item.amount for item in found.items} <= {None}
    flips = study.breakdowns.flips(who, Track.TREATMENT)
    assert TO_READ not in json.dumps([flip.model_dump() for flip in flips])
    with pytest.raises(NotAllowedError):
        study.what_ifs.on_item(who, TO_READ, Edit())

    take(study)
    send(study)

    assert study.scoring.difference(who, "model-a", Track.TREATMENT).withheld == 0


def test_a_group_of_one_item_has_no_gold_score_before_the_own_reading(
    study: Workbench,
) -> None:
    """A mean over one item is that item; as imported it tells nothing of review."""
    groups = study.breakdowns.groups
    assert {g.group for g in groups(VERA, Track.TREATMENT, "images")} == {"2 or 3 images"}
    both = {"1 image", "2 or 3 images"}
    assert {g.group for g in groups(actor("emil"), Track.TREATMENT, "images")} == both
    assert {g.group for g in groups(VERA, Track.TREATMENT, "images", basis="import")} == both
