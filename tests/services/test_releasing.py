"""Settling, releases and exports: nothing open gets in, nothing released changes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from src.domain.canonical import digest
from src.domain.errors import (
    BadInputError,
    ConflictError,
    DatabaseError,
    NotAllowedError,
    NotFoundError,
)
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR
from src.domain.reasons import Reason
from src.domain.review import (
    AddedCriterion,
    ClaimReading,
    CriterionReading,
    EditReason,
    Recommendation,
    Verdict,
)
from src.domain.routing import STANDARD
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import (
    Clock,
    actor,
    add_people,
    full_reading,
    item_line,
    open_round,
    read_all,
    write_items,
)
from tests.conftest import new_postgres_database

CHEN, LENA = actor("chen"), actor("lena")
ITEM = "test/diagnosis/000"
FLAG = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))


def fill(bench: Workbench, folder: Path, count: int = 1, images: bool = False) -> None:
    """Import items on cases of their own."""
    changes: dict[str, Any] = {} if images else {"images": []}
    lines = [item_line(f"{n:03}", case=f"case-{n}", **changes) for n in range(count)]
    bench.importing.store_file(OPERATOR, write_items(folder, lines))


def rule(bench: Workbench, unit: str, chosen: str, **changes: Any) -> None:
    """Settle one unit of the first item."""
    given = {
        "round": "first",
        "item_id": ITEM,
        "unit": unit,
        "chosen": chosen,
        "reason": Reason.READER_SLIP,
    }
    bench.adjudicating.decide(CHEN, Ruling.model_validate({**given, **changes}))


def revise(bench: Workbench, person: str, key: str, **changes: Any) -> None:
    """Submit another revision of the first item."""
    task = bench.reviewing.task(actor(person), "first", ITEM)
    body = full_reading(task.item, **changes)
    bench.reviewing.submit(actor(person), "first", ITEM, body, item_version=1, idempotency_key=key)


def test_a_revised_reading_makes_the_decision_stale_and_opens_the_dispute(
    bench: Workbench, tmp_path: Path
) -> None:
    """The item leaves the next release, the first release says what is stale about it."""
    fill(bench, tmp_path / "in")
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    rule(bench, "claim:c1", "A")
    assert bench.releasing.release(LENA).items == 1
    revise(bench, "benoit", "again", verdict=Verdict.NOT_IN_EVIDENCE)
    disputes = list(bench.adjudicating.disputes(CHEN))
    assert [(d.unit, d.stale) for d in disputes] == [("claim:c1", True)]
    assert [line.open_units for line in bench.adjudicating.worst_first(CHEN)] == [1]
    assert [d.item_id for d in bench.releasing.stale(LENA, 1)] == [ITEM]
    with pytest.raises(BadInputError, match="No item is ready"):
        bench.releasing.release(LENA)


def test_a_ruling_on_readings_that_changed_meanwhile_is_refused(
    bench: Workbench, tmp_path: Path
) -> None:
    """The digest of what was on the screen travels with the ruling."""
    fill(bench, tmp_path / "in")
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    seen = bench.adjudicating.case(CHEN, "first", ITEM).disputes[0].input_digest
    revise(bench, "benoit", "again", verdict=Verdict.NOT_IN_EVIDENCE)
    with pytest.raises(ConflictError, match="changed since"):
        rule(bench, "claim:c1", "A", input_digest=seen)


def test_several_rulings_are_stored_together_or_not_at_all(
    bench: Workbench, tmp_path: Path
) -> None:
    """The second does not fit: the first is not stored either."""
    fill(bench, tmp_path / "in")
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    good = Ruling(
        round="first", item_id=ITEM, unit="claim:c1", chosen="A", reason=Reason.READER_SLIP
    )
    bad = good.model_copy(update={"unit": "claim:c9"})
    with pytest.raises(BadInputError):
        bench.adjudicating.decide_all(CHEN, [good, bad])
    assert len(list(bench.adjudicating.disputes(CHEN))) == 1
    assert len(bench.adjudicating.decide_all(CHEN, [good, good])) == 2


def test_nobody_sees_readings_before_all_are_in(bench: Workbench, tmp_path: Path) -> None:
    """Not the adjudicator, not the lead, not the statistics."""
    fill(bench, tmp_path / "in")
    open_round(bench)
    read_all(bench, "amara")
    for person in (CHEN, LENA):
        with pytest.raises(NotAllowedError, match="waits for 1"):
            bench.adjudicating.case(person, "first", ITEM)
    with pytest.raises(NotAllowedError):
        rule(bench, "claim:c1", "A")
    assert list(bench.adjudicating.disputes(CHEN)) == []
    assert bench.agreeing.by_field(LENA) == []


def test_a_release_says_of_every_item_it_leaves_out_why(bench: Workbench, tmp_path: Path) -> None:
    """Waiting for readers, open, leaking, asked by nobody."""
    fill(bench, tmp_path / "in", 5)
    ids = [f"test/diagnosis/00{n}" for n in range(5)]
    open_round(bench, "read", ("amara", "benoit"), item_ids=tuple(ids[:3]))
    open_round(bench, "waiting", ("amara", "benoit"), item_ids=(ids[3],))
    for person, verdict in (("amara", Verdict.SUPPORTED), ("benoit", Verdict.CONTRADICTED)):
        while (task := bench.reviewing.next_item(actor(person), "read")) is not None:
            item_id = task.item.item_id
            changes: dict[str, Any] = {"flags": (FLAG,)} if item_id == ids[1] else {}
            body = full_reading(
                task.item, verdict if item_id == ids[0] else Verdict.SUPPORTED, **changes
            )
            bench.reviewing.submit(
                actor(person),
                "read",
                item_id,
                body,
                item_version=1,
                idempotency_key=person + item_id,
            )
    made = bench.releasing.release(LENA, "first")
    assert made.items == 1
    assert {item.item_id: item.reason for item in made.left_out} == {
        ids[0]: "open: claim:c1",
        ids[1]: "confirmed leak not resolved: flag:answer_in_text:context",
        ids[3]: "waits for 2 readers in 'waiting'",
        ids[4]: "no round asks for it",
    }


@pytest.mark.parametrize("chosen", ["remove", "B"])
def test_a_confirmed_leak_is_never_in_a_release(
    bench: Workbench, tmp_path: Path, chosen: str
) -> None:
    """Unless an adjudicator resolves it; ruling that it is one keeps the item out."""
    fill(bench, tmp_path / "in")
    open_round(bench)
    read_all(bench, "amara", flags=(FLAG,))
    read_all(bench, "benoit", flags=(FLAG,))
    with pytest.raises(BadInputError, match="a leak"):
        bench.releasing.release(LENA)
    rule(bench, FLAG.unit, chosen)
    if chosen == "remove":
        assert bench.releasing.release(LENA).items == 1
        return
    with pytest.raises(BadInputError, match="a leak"):
        bench.releasing.release(LENA)


def test_a_released_rubric_changes_and_its_ids_stay(bench: Workbench, tmp_path: Path) -> None:
    """Delete, re-weight and add; a second release adds another and moves no id."""
    fill(bench, tmp_path / "in")
    open_round(bench, persons=("amara",))
    criteria = (
        CriterionReading(criterion_id="k2", action="delete", reason=EditReason.WRONG),
        CriterionReading(criterion_id="k1", action="edit", points=3.0, reason=EditReason.WEIGHT),
    )
    added = AddedCriterion(text="Wants a bone scan")
    read_all(bench, "amara", criteria=criteria, added_criteria=(added,))
    bench.releasing.release(LENA)
    gold = bench.releasing.page(LENA, 1)[0]
    assert [(c.criterion_id, c.points, c.active) for c in gold.body.criteria] == [
        ("k1", 3.0, True), ("k2", 1.0, False), ("k3", -1.0, True), ("k4", 1.0, True),
    ]  # fmt: skip
    assert gold.rubric_version == 2

    bench.releasing.release(LENA, "nothing changed")
    assert bench.releasing.page(LENA, 2)[0].rubric_version == 2

    more = [AddedCriterion(text=f"Another line, number {n}") for n in range(5)]
    revise(bench, "amara", "again", criteria=criteria, added_criteria=(*more, added))
    bench.releasing.release(LENA)
    ids = {c.text: c.criterion_id for c in bench.releasing.page(LENA, 3)[0].body.criteria}
    assert ids["Wants a bone scan"] == "k4"
    assert sorted(ids.values()) == [f"k{n}" for n in range(1, 10)]
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_release_stays_as_it_was_when_the_study_goes_on(bench: Workbench, tmp_path: Path) -> None:
    """Same bytes after a revision and after the item was imported anew."""
    fill(bench, tmp_path / "in", images=True)
    open_round(bench, persons=("amara",))
    read_all(bench, "amara")
    bench.releasing.release(LENA)
    first = bench.exporting.export(LENA, 1, tmp_path / "one").files
    revise(bench, "amara", "again", recommendation=Recommendation.REJECT, comment="No.")
    changed = item_line("000", case="case-0", context="Another context.")
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [changed]))
    bench.releasing.release(LENA, older_versions=True)
    again = bench.exporting.export(LENA, 1, tmp_path / "two").files
    assert first == again
    assert (tmp_path / "one" / "release-1.jsonl").read_bytes() == (
        tmp_path / "two" / "release-1.jsonl"
    ).read_bytes()
    for file in first:
        assert (tmp_path / "one" / file.path).read_bytes() == (
            tmp_path / "two" / file.path
        ).read_bytes()


def worked_study(bench: Workbench, folder: Path) -> None:
    """Make a release of items whose ids sort differently by language and by code point."""
    lines = [
        item_line(index, case=f"case-{index}", context=f"Text {index} 🦴\r\n\u2028 e\u0301")
        for index in ("a", "B", "_1", "10", "9", "é", "Z-1", "z 1")
    ]
    bench.importing.store_file(OPERATOR, write_items(folder, lines))
    open_round(bench, persons=("amara",))
    read_all(bench, "amara", added_criteria=(AddedCriterion(text="Wants ≥ 1 scan", points=0.1),))
    bench.releasing.release(LENA, "for the journey")


@pytest.mark.postgres
def test_a_release_travels_between_the_databases_and_back_with_the_same_bytes(
    bench: Workbench, tmp_path: Path, postgres_server: str
) -> None:
    """From each kind of database to the other and on to a third, empty one."""
    worked_study(bench, tmp_path / "in")
    first = bench.exporting.export(LENA, 1, tmp_path / "0").files
    urls = [
        f"sqlite:///{tmp_path / 'two.db'}",
        new_postgres_database(postgres_server),
        f"sqlite:///{tmp_path / 'three.db'}",
    ]
    for number, url in enumerate(urls, start=1):
        store = str(tmp_path / f"images-{number}")
        init(url, store)
        other = open_workbench(url, store, Clock())
        report = other.importing.store_file(
            OPERATOR, tmp_path / str(number - 1) / "release-1.jsonl"
        )
        assert (report.problems, report.release) == ((), 1)
        assert other.exporting.export(OPERATOR, 1, tmp_path / str(number)).files == first
        assert other.browsing.verify(OPERATOR).problems == ()
        other.close()


def test_a_refused_link_is_in_the_release_and_nothing_is_written_where_none_is(
    bench: Workbench, tmp_path: Path
) -> None:
    """Imported elsewhere and exported again, both items have the same bytes still."""
    claims = [{"text": "It is Erdheim-Chester disease", "images": [1, 2]}]
    lines = [item_line(f"{n:03}", case=f"case-{n}", claims=claims) for n in (0, 1)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, persons=("amara",))
    used, refused = bench.browsing.item(OPERATOR, ITEM).item.claims[0].links
    said = {"verdict": Verdict.SUPPORTED, "evidence": (used,), "refused": (refused,)}
    read_all(bench, "amara", claims=(ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED),))
    revise(bench, "amara", "again", claims=(ClaimReading(claim_id="c1", **said),))
    bench.releasing.release(LENA)

    first = bench.exporting.export(LENA, 1, tmp_path / "one").files
    written = (tmp_path / "one" / "release-1.jsonl").read_text(encoding="utf-8").split("\n")
    assert [line.count('"refused"') for line in written[1:3]] == [1, 0]
    url, store = f"sqlite:///{tmp_path / 'other.db'}", str(tmp_path / "other-images")
    init(url, store)
    other = open_workbench(url, store, Clock())
    report = other.importing.store_file(OPERATOR, tmp_path / "one" / "release-1.jsonl")
    assert (report.problems, report.release) == ((), 1)
    assert other.exporting.export(OPERATOR, 1, tmp_path / "two").files == first
    assert other.releasing.page(OPERATOR, 1)[0].body.claims[0].refused == (refused,)
    assert other.browsing.verify(OPERATOR).problems == ()
    other.close()


def test_the_same_release_twice_changes_nothing_and_another_one_is_refused(
    bench: Workbench, tmp_path: Path
) -> None:
    """The number is taken."""
    worked_study(bench, tmp_path / "in")
    bench.exporting.export(LENA, 1, tmp_path / "out")
    url, store = f"sqlite:///{tmp_path / 'other.db'}", str(tmp_path / "other-images")
    init(url, store)
    other = open_workbench(url, store, Clock())
    add_people(other)
    other.importing.store_file(OPERATOR, tmp_path / "out" / "release-1.jsonl")
    head = other.browsing.head(OPERATOR)
    other.importing.store_file(OPERATOR, tmp_path / "out" / "release-1.jsonl")
    assert other.browsing.head(OPERATOR) == head
    path = tmp_path / "out" / "release-1.jsonl"
    path.write_text(
        path.read_text(encoding="utf-8")
        .replace('"sha256":"', '"sha256":"', 1)
        .replace(bench.releasing.get(LENA, 1).sha256, "0" * 64),
        encoding="utf-8",
    )
    with pytest.raises(ConflictError, match="another release 1"):
        other.importing.store_file(OPERATOR, path)
    assert other.browsing.head(OPERATOR) == head
    other.close()


def test_a_decision_by_somebody_who_holds_the_item_is_refused(
    bench: Workbench, tmp_path: Path
) -> None:
    """Readers settle nothing they read, and never see it in the list."""
    fill(bench, tmp_path / "in")
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    both = actor("amara").roles | CHEN.roles
    bench.people.set_roles(OPERATOR, "amara", both)
    amara = bench.people.actor("amara")
    assert list(bench.adjudicating.disputes(amara)) == []
    assert bench.adjudicating.worst_first(amara) == []
    ruling = Ruling(
        round="first", item_id=ITEM, unit="claim:c1", chosen="A", reason=Reason.READER_SLIP
    )
    with pytest.raises(NotAllowedError, match="You read this item"):
        bench.adjudicating.decide(amara, ruling)


def test_a_decision_stands_when_a_later_round_reads_the_item_anew(
    bench: Workbench, tmp_path: Path
) -> None:
    """Nobody in the second round asks about the criterion; what was ruled in the first is gold."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench)
    delete = CriterionReading(criterion_id="k1", action="delete", reason=EditReason.TOO_VAGUE)
    read_all(bench, "amara")
    read_all(bench, "benoit", criteria=(delete,))
    [dispute] = bench.adjudicating.disputes(actor("chen"))
    chosen = next(r.reader for r in dispute.readings if "delete" in r.key)
    bench.adjudicating.decide(
        actor("chen"),
        Ruling(
            round="first",
            item_id=dispute.item_id,
            unit=dispute.unit,
            chosen=chosen,
            reason=Reason.RUBRIC_GAP,
        ),
    )
    open_round(bench, "second", ("dalia",))
    read_all(bench, "dalia", "second")

    bench.releasing.release(actor("lena"))

    [gold] = bench.releasing.page(actor("lena"), 1)
    assert [c.active for c in gold.body.criteria] == [False, True, True]
    assert (gold.round, gold.method) == ("second", "adjudicated")


def test_an_export_refuses_an_image_that_is_no_longer_itself(
    bench: Workbench, tmp_path: Path
) -> None:
    """The bytes in the store were changed behind the study's back."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench, persons=("amara",))
    read_all(bench, "amara")
    bench.releasing.release(actor("lena"))
    [first, *_] = bench.browsing.item(OPERATOR, "test/diagnosis/001").item.content.images
    stored = bench.store.open(first.sha256, "full", raw=True).path
    stored.write_bytes(stored.read_bytes() + b"x")

    with pytest.raises(DatabaseError, match="damaged"):
        bench.exporting.export(actor("lena"), 1, tmp_path / "out")


def test_a_ruling_in_one_round_leaves_the_list_of_disputes_in_the_others(
    bench: Workbench, tmp_path: Path
) -> None:
    """The same unit is open in two rounds; one ruling settles both, and the list says so."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench)
    open_round(bench, "second", ("dalia", "amara"))
    for name, first, other in (("first", "amara", "benoit"), ("second", "amara", "dalia")):
        read_all(bench, first, name)
        read_all(bench, other, name, verdict=Verdict.CONTRADICTED)
    assert {line.round for line in bench.adjudicating.worst_first(actor("chen"))} == {
        "first",
        "second",
    }

    bench.adjudicating.decide(
        actor("chen"),
        Ruling(
            round="first",
            item_id="test/diagnosis/001",
            unit="claim:c1",
            chosen="A",
            reason=Reason.READER_SLIP,
        ),
    )

    assert bench.adjudicating.worst_first(actor("chen")) == []
    assert list(bench.adjudicating.disputes(actor("chen"))) == []


def test_what_is_stale_is_told_with_what_changed(bench: Workbench, tmp_path: Path) -> None:
    """The verdict both readers give by now, before and after, with their votes."""
    fill(bench, tmp_path / "in")
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit")
    bench.releasing.release(LENA)
    assert bench.releasing.stale(LENA, 1) == []
    for person in ("amara", "benoit"):
        revise(bench, person, f"{person} again", verdict=Verdict.CONTRADICTED)
    [stale] = bench.releasing.stale(LENA, 1)
    assert stale.kind == "its inputs changed"
    [change] = stale.changes
    assert change.before is not None and change.after is not None
    assert (change.what, change.before.value, change.after.value) == (
        "claim:c1",
        "supported",
        "contradicted",
    )
    assert change.after.votes == {"contradicted": 2}


def test_what_was_read_in_an_older_version_is_left_out_unless_asked_for(
    bench: Workbench, tmp_path: Path
) -> None:
    """The release says how many; the same content imported again is no newer version."""
    fill(bench, tmp_path / "in", 2)
    open_round(bench, persons=("amara",))
    read_all(bench, "amara")
    bench.releasing.release(LENA)
    assert bench.releasing.get(LENA, 1).manifest["older_versions"] == 0
    changed = item_line("000", case="case-0", context="Another context.", images=[])
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [changed]))

    preview = bench.releasing.preview(LENA)
    assert (preview.ready, preview.older) == (1, 1)
    reason = "read in version 1; version 2 is newer and is not read yet"
    assert [(item.item_id, item.reason) for item in preview.left_out] == [(ITEM, reason)]
    assert [(s.item_id, s.kind) for s in bench.releasing.stale(LENA, 1)] == [(ITEM, reason)]
    assert bench.releasing.release(LENA).items == 1

    assert bench.releasing.release(LENA, "all", older_versions=True).items == 2
    assert bench.releasing.get(LENA, 3).manifest["older_versions"] == 1
    back = item_line("000", case="case-0", images=[])
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [back]))
    assert bench.releasing.preview(LENA).ready == 2


def test_an_open_unit_whose_decision_is_stale_is_left_out_saying_so(
    bench: Workbench, tmp_path: Path
) -> None:
    """Nothing stale gets into a release, and nobody has to guess why it is gone."""
    fill(bench, tmp_path / "in")
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    rule(bench, "claim:c1", "A")
    bench.releasing.release(LENA)
    revise(bench, "benoit", "again", verdict=Verdict.NOT_IN_EVIDENCE)
    reason = "open: claim:c1 (a reading changed since it was decided)"
    assert [item.reason for item in bench.releasing.preview(LENA).left_out] == [reason]
    assert [stale.kind for stale in bench.releasing.stale(LENA, 1)] == [reason]


def test_a_manifest_counts_and_names_what_the_release_was_made_of(
    bench: Workbench, tmp_path: Path
) -> None:
    """Items, units and reasons; the item lines, the images, the imported file, the chain."""
    fill(bench, tmp_path / "in", 2, images=True)
    open_round(bench, routing=STANDARD.model_copy(update={"audit_share": 0.0}))
    read_all(bench, "amara")
    delete = CriterionReading(criterion_id="k2", action="delete", reason=EditReason.WRONG)
    read_all(bench, "benoit", criteria=(delete,))
    rule(bench, "criterion:k2", "A")
    release = bench.releasing.release(LENA).release
    found = release.manifest
    assert found["items"] == 1
    assert (found["tracks"], found["methods"]) == ({"diagnosis": 1}, {"adjudicated": 1})
    assert (found["units"], found["reasons"]) == (
        {"adjudicated": 1, "unanimous": 5},
        {"no_majority": 1},
    )
    assert found["files"]["items"] == release.sha256
    written = bench.exporting.export(LENA, 1, tmp_path / "out").files
    pictures = sorted(file.sha256 for file in written if file.path.startswith("images/"))
    assert (found["files"]["images"], found["files"]["images_list"]) == (2, digest(pictures))
    [imported] = found["files"]["imported"]
    source = hashlib.sha256((tmp_path / "in" / "items.jsonl").read_bytes()).hexdigest()
    assert imported == {"name": "items.jsonl", "sha256": source}
    lines = (tmp_path / "out" / "release-1.jsonl").read_bytes().split(b"\n", 1)[1]
    assert hashlib.sha256(lines).hexdigest() == release.sha256


def test_two_releases_are_compared_item_by_item(bench: Workbench, tmp_path: Path) -> None:
    """Added, dropped, changed; in pages; what is alike is not named."""
    fill(bench, tmp_path / "in", 4)
    ids = [f"test/diagnosis/00{n}" for n in range(4)]
    open_round(bench, persons=("amara",), item_ids=tuple(ids[:3]))
    read_all(bench, "amara")
    bench.releasing.release(LENA)
    open_round(bench, "second", ("amara",), item_ids=(ids[3],))
    read_all(bench, "amara", "second")
    revise(bench, "amara", "again", verdict=Verdict.CONTRADICTED)
    open_round(bench, "third", ("dalia",), item_ids=(ids[1],))
    bench.releasing.release(LENA)

    found = bench.releasing.difference(LENA, 1, 2)
    assert [(d.item_id, d.kind, [c.what for c in d.changes]) for d in found] == [
        (ids[0], "changed", ["claim:c1"]),
        (ids[1], "dropped", []),
        (ids[3], "added", []),
    ]
    back = bench.releasing.difference(LENA, 2, 1)
    assert [d.kind for d in back] == ["changed", "added", "dropped"]
    pages = [bench.releasing.difference(LENA, 1, 2, after, 1) for after in ("", ids[0], ids[1])]
    assert [d for page in pages for d in page] == found
    assert bench.releasing.difference(LENA, 1, 1) == []
    with pytest.raises(NotFoundError, match="no release 9"):
        bench.releasing.difference(LENA, 1, 9)
