"""A release with all that adjudicators can make of readings comes back with the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from src.domain.adjudication import MERGE, NEW, REMOVE
from src.domain.evidence import ImageBox, WholeImage, span_of
from src.domain.gold import Gold, SettledUnit
from src.domain.item import Item
from src.domain.people import OPERATOR
from src.domain.reasons import Reason, Remedy
from src.domain.review import (
    AddedClaim,
    AddedCriterion,
    ClaimReading,
    CriterionReading,
    EditReason,
    Proposals,
    ReviewBody,
    Verdict,
)
from src.domain.routing import STANDARD
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import Clock, actor, full_reading, item_line, open_round, write_items
from tests.conftest import new_postgres_database

CHEN, LENA = actor("chen"), actor("lena")
NO_AUDIT = STANDARD.model_copy(update={"audit_share": 0.0})
CHOSEN, MERGED, AMBIGUOUS, REMOVED, WRITTEN, LEFT = (f"test/diagnosis/00{n}" for n in range(6))
QUESTION = "Which disease\u2028is it, \u00e9 or e\u0301, \U0001f9b4 or \u2028<b>?"


def pointing(verdict: Verdict, *links: Any, **more: Any) -> tuple[ClaimReading, ...]:
    """Return a verdict on the first claim, with evidence."""
    return (ClaimReading(claim_id="c1", verdict=verdict, evidence=links, **more),)


def box(item: Item, x: int, label: str = "") -> ImageBox:
    """Return a box on the item's first image."""
    sha256 = item.content.images[0].sha256
    return ImageBox(sha256=sha256, x=x, y=3, width=20, height=20, label=label)


def span(item: Item) -> Any:
    """Return marked words of the context."""
    return span_of("context", item.content.context, 2, 13)


def amara_says(item: Item) -> dict[str, Any]:
    """Return what the first reader says of an item beside what everybody says."""
    edit = CriterionReading(
        criterion_id="k1", action="edit", text="Names ECD", points=0.1, reason=EditReason.AMBIGUOUS
    )
    whole = WholeImage(sha256=item.content.images[1].sha256)
    said: dict[str, dict[str, Any]] = {
        CHOSEN: {"claims": pointing(Verdict.SUPPORTED, whole, span(item))},
        MERGED: {"claims": pointing(Verdict.SUPPORTED, box(item, 0, "here"), span(item))},
        AMBIGUOUS: {"criteria": (edit,)},
        REMOVED: {
            "claims": pointing(Verdict.SUPPORTED, text="Another wording altogether"),
            "added_claims": (AddedClaim(text="BRAF was tested", verdict=Verdict.SUPPORTED),),
            "criteria": (edit,),
            "added_criteria": (AddedCriterion(text="Asks for a biopsy", points=2),),
        },
        WRITTEN: {"proposals": Proposals(aliases=("Polyostotic sclerosing histiocytosis",))},
    }
    return said.get(item.item_id, {})


def benoit_says(item: Item) -> dict[str, Any]:
    """Return what the second reader says otherwise."""
    said: dict[str, dict[str, Any]] = {
        CHOSEN: {"claims": pointing(Verdict.CONTRADICTED, box(item, 40))},
        MERGED: {"claims": pointing(Verdict.SUPPORTED, box(item, 60))},
        AMBIGUOUS: {"claims": pointing(Verdict.CONTRADICTED)},
        REMOVED: {"claims": (ClaimReading(claim_id="c1", removed=True),)},
        WRITTEN: {
            "proposals": Proposals(
                aliases=("ECD of bone",), question="Which?", captions={1: "", 2: "Knee"}
            ),
            "added_criteria": (AddedCriterion(text="Grades it", kind="ordinal", maximum=5),),
        },
    }
    return said.get(item.item_id, {})


def dalia_says(_item: Item) -> dict[str, Any]:
    """Return what the one says who leaves later, and does not count."""
    return {"claims": pointing(Verdict.NOT_IN_EVIDENCE), "comment": "In a hurry"}


def read(bench: Workbench, person: str, says: Callable[[Item], dict[str, Any]]) -> None:
    """Let somebody read every item that comes to them."""
    while (task := bench.reviewing.next_item(actor(person), "first")) is not None:
        body: ReviewBody = full_reading(task.item, **says(task.item))
        key = f"{person}-{task.item.item_id}"
        bench.reviewing.submit(
            actor(person), "first", task.item.item_id, body, item_version=1, idempotency_key=key
        )


def open_units(bench: Workbench, item_id: str) -> dict[str, str]:
    """Return the open units of an item, by what their names begin with before a text's hash."""
    found = bench.adjudicating.case(CHEN, "first", item_id).disputes
    return {unit.partition("+")[0] + "+" * ("+" in unit): unit for unit in (d.unit for d in found)}


def settle(bench: Workbench, item_id: str, unit: str, chosen: str, **more: Any) -> None:
    """Rule on a unit, named as `open_units` names it."""
    given = {
        "round": "first",
        "item_id": item_id,
        "unit": open_units(bench, item_id)[unit],
        "chosen": chosen,
        "reason": Reason.READER_SLIP,
    }
    bench.adjudicating.decide(CHEN, Ruling.model_validate({**given, **more}))


@pytest.fixture
def released(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give release 1, in which every way of settling something was used."""
    lines = [item_line(f"00{n}", case=f"case-{n}") for n in range(6)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, persons=("amara", "benoit", "dalia"), readers=2, routing=NO_AUDIT)
    read(bench, "dalia", dalia_says)
    read(bench, "amara", amara_says)
    bench.departing.end_part(LENA, "first", "dalia", keep=False, reason="Read in a hurry.")
    read(bench, "benoit", benoit_says)

    case = bench.adjudicating.case(CHEN, "first", CHOSEN)
    some = case.offered("claim:c1")[1:]
    settle(bench, CHOSEN, "claim:c1", MERGE, value="partly_supported", evidence=some)

    case = bench.adjudicating.case(CHEN, "first", MERGED)
    merged = [link.model_dump(mode="json") for link in case.offered("claim:c1")]
    settle(bench, MERGED, "field:evidence:c1", MERGE, value=merged)

    true_ambiguity = {"reason": Reason.TRUE_CLINICAL_AMBIGUITY, "rationale": "Both hold."}
    settle(bench, AMBIGUOUS, "claim:c1", "A", **true_ambiguity)
    settle(bench, AMBIGUOUS, "criterion:k1", "B")
    entries = bench.reasons.work_list(LENA)
    edited = next(
        e.decision_id for e in entries if (e.item_id, e.unit) == (AMBIGUOUS, "criterion:k1")
    )
    bench.reasons.answer(LENA, edited, Remedy.KEPT_AS_AMBIGUOUS)

    for unit in list(open_units(bench, REMOVED)):
        settle(bench, REMOVED, unit, REMOVE)

    settle(bench, WRITTEN, "field:question", NEW, value=QUESTION)
    settle(bench, WRITTEN, "field:aliases", MERGE, value=["ECD of bone", "Zoë\u2019s \u2028 one"])
    settle(bench, WRITTEN, "field:caption:1", NEW, value="")
    settle(bench, WRITTEN, "field:caption:2", REMOVE)
    added = {
        "text": "Grades it, 1 to 4",
        "kind": "ordinal",
        "maximum": 4,
        "points": 0.30000000000000004,
    }
    settle(bench, WRITTEN, "criterion:+", NEW, value=added)
    bench.releasing.release(LENA, "All of it")
    return bench


def gold_of(bench: Workbench, item_id: str) -> Gold:
    """Return an item's gold in release 1."""
    return next(g for g in bench.releasing.page(OPERATOR, 1) if g.item_id == item_id)


def unit_of(bench: Workbench, item_id: str, unit: str) -> SettledUnit:
    """Return a settled unit of release 1."""
    return next(u for u in gold_of(bench, item_id).body.units if u.unit == unit)


def assert_all_is_there(bench: Workbench) -> None:
    """Check that a release holds what was ruled, each thing once."""
    first = bench.browsing.item(OPERATOR, CHOSEN).item
    claim = gold_of(bench, CHOSEN).body.claims[0]
    assert (claim.verdict, len(claim.evidence)) == ("partly_supported", 2)
    assert unit_of(bench, CHOSEN, "claim:c1").evidence == claim.evidence
    assert {link.sha256 for link in claim.evidence if isinstance(link, ImageBox)} <= {
        image.sha256 for image in first.content.images
    }
    assert len(gold_of(bench, MERGED).body.claims[0].evidence) == 3
    assert gold_of(bench, AMBIGUOUS).ambiguous == ("claim:c1", "criterion:k1")
    removed = gold_of(bench, REMOVED)
    assert removed.body.claims == ()
    assert [c.active for c in removed.body.criteria] == [False, True, True]
    written = gold_of(bench, WRITTEN).body
    assert written.question == QUESTION
    assert written.aliases == ("ECD", "ECD of bone", "Zoë\u2019s \u2028 one")
    assert written.captions == {1: "", 2: "Image 2"}
    assert [(c.text, c.points) for c in written.criteria][3:] == [
        ("Grades it, 1 to 4", 0.30000000000000004)
    ]
    left = gold_of(bench, LEFT)
    assert (left.readers, left.method) == (2, "unanimous")
    manifest = bench.releasing.get(OPERATOR, 1).manifest
    assert manifest["readers_left"] == [
        {"round": "first", "reader": 1, "readings": 6, "counted": False}
    ]


def travels(bench: Workbench, url: str, folder: Path) -> None:
    """Export, import into an empty database, export again and compare every file."""
    first = bench.exporting.export(LENA, 1, folder / "one").files
    store = str(folder / "images")
    init(url, store)
    other = open_workbench(url, store, Clock())
    report = other.importing.store_file(OPERATOR, folder / "one" / "release-1.jsonl")
    assert (report.problems, report.release) == ((), 1)
    again = other.exporting.export(OPERATOR, 1, folder / "two").files
    one, two = ((folder / name / "release-1.jsonl").read_bytes() for name in ("one", "two"))
    assert one.split(b"\n") == two.split(b"\n")
    assert again == first
    assert_all_is_there(other)
    assert other.browsing.verify(OPERATOR).problems == ()
    other.close()


def test_all_that_was_ruled_is_in_the_release(released: Workbench) -> None:
    """Else what follows would prove nothing."""
    assert_all_is_there(released)


def test_a_release_with_rulings_of_every_kind_has_the_same_bytes_after_an_import(
    released: Workbench, tmp_path: Path
) -> None:
    """Chosen, merged and removed, kept as ambiguous, with a reader left out: into SQLite."""
    travels(released, f"sqlite:///{tmp_path / 'other.db'}", tmp_path)


@pytest.mark.postgres
def test_it_has_the_same_bytes_by_way_of_postgresql(
    released: Workbench, tmp_path: Path, postgres_server: str
) -> None:
    """The other kind of database keeps every number and every text as it was, too."""
    travels(released, new_postgres_database(postgres_server), tmp_path)


@pytest.mark.parametrize("with_the_first", [False, True])
def test_a_second_release_comes_back_alone_or_after_the_first(
    released: Workbench, tmp_path: Path, with_the_first: bool
) -> None:
    """Each published rubrics of its own; what one says of the other's is nothing."""
    wording = {"text": "Grades it, 1 to 3", "kind": "ordinal", "maximum": 3, "points": 1}
    added = next(
        u.unit for u in gold_of(released, WRITTEN).body.units if u.unit.startswith("criterion:+")
    )
    ruling = Ruling(
        round="first",
        item_id=WRITTEN,
        unit=added,
        chosen=NEW,
        value=wording,
        reason=Reason.RUBRIC_GAP,
    )
    released.adjudicating.decide(CHEN, ruling)
    released.releasing.release(LENA, "Once more")
    numbers = (1, 2) if with_the_first else (2,)
    url, store = f"sqlite:///{tmp_path / 'other.db'}", str(tmp_path / "images-2")
    init(url, store)
    other = open_workbench(url, store, Clock())
    for number in numbers:
        first = released.exporting.export(LENA, number, tmp_path / "one").files
        path = tmp_path / "one" / f"release-{number}.jsonl"
        report = other.importing.store_file(OPERATOR, path)
        assert (report.problems, report.release, report.changed) == ((), number, 0)
        assert other.exporting.export(OPERATOR, number, tmp_path / "two").files == first
    for number in numbers:
        path = f"release-{number}.jsonl"
        other.exporting.export(OPERATOR, number, tmp_path / "three")
        assert (tmp_path / "three" / path).read_bytes() == (tmp_path / "one" / path).read_bytes()
    assert other.browsing.verify(OPERATOR).problems == ()
    other.close()
