"""What is kept of items is what settling them says, whatever has happened in whatever order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from db import events
from db import items as db_items
from db import outcomes as db_outcomes
from db.database import Database
from db.outcomes import Kept
from src.domain.errors import ReviewToolError
from src.domain.evidence import ImageBox, span_of
from src.domain.item import Item
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.masking import MaskState
from src.domain.outcome import Outcome
from src.domain.people import OPERATOR
from src.domain.reasons import Reason, Remedy
from src.domain.review import ClaimReading, CriterionReading, EditReason, Proposals, Verdict
from src.domain.routing import STANDARD
from src.services import outcomes
from src.services.adjudicating import Ruling
from src.services.progress import Progress, WorkStopped
from src.services.settling import Settlement
from src.services.workbench import Workbench
from tests.builders import (
    actor,
    full_reading,
    item_line,
    open_round,
    read_all,
    statements,
    write_items,
)

LENA, CHEN = actor("lena"), actor("chen")
READERS = ("amara", "benoit", "dalia")
QUOTE = "Erdheim-Chester disease"
CONTEXT = f"Biopsy showed {QUOTE} of the bone."


def lines(*, number: int = 3, more: str = "") -> list[dict[str, object]]:
    """Return items whose context gives the answer away."""
    return [
        item_line(f"{n:03d}", case=f"case-{n}", context=CONTEXT + more * (n == 1))
        for n in range(1, number + 1)
    ]


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give three items in a round of three readers, two an item."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines()))
    policy = STANDARD.model_copy(update={"audit_share": 0.4})
    open_round(bench, persons=READERS, readers=2, routing=policy)
    return bench


def settled_now(database: Database) -> dict[tuple[str, str], Kept]:
    """Return (item_id, round) -> what settling each item anew says."""
    found = {}
    with database.reading() as t:
        for item_id in db_items.ids_after(t, "", 1_000):
            settlement = Settlement(t, item_id)
            for name in settlement.rounds_read:
                found[item_id, name] = outcomes.in_short(settlement.in_round(name), "")
    return found


def kept_now(database: Database) -> dict[tuple[str, str], Kept]:
    """Return the same as it is kept."""
    with database.reading() as t:
        ids = db_items.ids_after(t, "", 1_000)
        bodies = db_outcomes.bodies(t, ids)
        return {
            (item_id, one.round): one.kept._replace(made_of="", body=bodies[item_id][one.round])
            for item_id, asked in db_outcomes.asked(t, ids).items()
            for one in asked
            if one.missing <= 0 and one.kept is not None
        }


def rows(database: Database) -> dict[str, dict[str, Kept]]:
    """Return all that is kept, by item and round, as the table holds it."""
    with database.reading() as t:
        found: dict[str, dict[str, Kept]] = {i: {} for i in db_items.ids_after(t, "", 1_000)}
        for row in t.execute(text("SELECT * FROM outcome")).mappings():
            kept = {**row, "rejected": bool(row["rejected"]), "body": json.loads(row["body"])}
            item_id, name = kept.pop("item_id"), kept.pop("round")
            found[item_id][name] = Kept(**kept)
    return found


def assert_same(database: Database, before: dict[str, dict[str, Kept]]) -> None:
    """Hold what screens are given against what settling says, and then what is kept.

    `before` is put back first, as if nobody had kept anything since: what is stale must be seen.
    """
    settled = settled_now(database)
    with database.transaction() as t:
        db_outcomes.put(t, before)
    with database.reading() as t:
        ids = db_items.ids_after(t, "", 1_000)
    read = {(r.item_id, r.round): r.outcome for r in outcomes.read_items(database, ids)}
    assert read == {key: Outcome.of_body(kept.body) for key, kept in plain(settled).items()}
    summed = {
        (item_id, one.round): one.kept._replace(made_of="", body=None)
        for item_id, summary in outcomes.summaries(database)
        for one in summary.asked
        if one.missing <= 0 and one.kept is not None
    }
    assert summed == {key: kept._replace(body=None) for key, kept in settled.items()}
    outcomes.bring_up(database)
    assert outcomes.behind(database) == []
    assert plain(kept_now(database)) == plain(settled)


def plain(found: dict[tuple[str, str], Kept]) -> dict[tuple[str, str], Kept]:
    """Return the same with bodies as JSON has them: lists, no tuples."""

    def listed(value: object) -> object:
        return [listed(v) for v in value] if isinstance(value, (list, tuple)) else value

    return {key: kept._replace(body=listed(kept.body)) for key, kept in found.items()}


class Acts:
    """Things that people do to a study, drawn by seed."""

    def __init__(self, study: Workbench, folder: Path, seed: int) -> None:
        self.study, self.folder = study, folder
        self.draw = Random(seed)
        self.done: Counter[str] = Counter()
        self.number = 0

    def one(self) -> None:
        """Do one thing; what the study refuses is not done."""
        acts: list[Callable[[], object]] = [
            *[self.read] * 12, *[self.decide] * 3, *[self.mask] * 3, *[self.come_back] * 4,
            *[self.reopen] * 4, *[self.revise] * 2, *[self.another_round] * 2, self.answer,
            self.leave, self.unmask, self.version, self.close, self.take_out, self.stop,
        ]  # fmt: skip
        act = self.draw.choice(acts)
        self.number += 1
        try:
            act()
        except ReviewToolError:
            return
        self.done[act.__name__] += 1

    def _round(self) -> str:
        return self.draw.choice([r.name for r in self.study.assigning.all_of(LENA)])

    def _item(self) -> str:
        return f"test/diagnosis/00{self.draw.randint(1, 3)}"

    def _said(self, item: Item) -> dict[str, object]:
        """Draw what a reader says."""
        draw, image = self.draw, item.content.images[0]
        at = item.content.context.find(QUOTE)
        box = ImageBox(sha256=image.sha256, x=draw.randint(0, 30), y=5, width=20, height=20)
        claims = [
            ClaimReading(
                claim_id=claim.claim_id,
                verdict=draw.choice([Verdict.SUPPORTED, *Verdict]),
                evidence=(box,) if draw.random() < 0.5 else (),
            )
            for claim in item.claims
        ]
        said: dict[str, object] = {"claims": tuple(claims)}
        if draw.random() < 0.8 and at >= 0:
            span = span_of("context", item.content.context, at, at + len(QUOTE))
            place = LeakPlace(field="context", span=span)
            said["flags"] = (LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=place),)
        if draw.random() < 0.3:
            said["proposals"] = Proposals(answer=draw.choice(["ECD", "Erdheim", "A third"]))
        if draw.random() < 0.3:
            gone = CriterionReading(criterion_id="k1", action="delete", reason=EditReason.WRONG)
            said["criteria"] = (gone,)
        return said

    def read(self) -> None:
        name, person = self._round(), actor(self.draw.choice(READERS))
        task = self.study.reviewing.next_item(person, name)
        if task is None:
            raise ReviewToolError("nothing to read")
        self._submit(person.person_id, name, task.item)

    def revise(self) -> None:
        name, person, item_id = self._round(), self.draw.choice(READERS), self._item()
        self._submit(person, name, self.study.reviewing.task(actor(person), name, item_id).item)

    def _submit(self, person: str, name: str, item: Item) -> None:
        self.study.reviewing.submit(
            actor(person), name, item.item_id, full_reading(item, **self._said(item)),
            item_version=item.version, idempotency_key=f"{person}-{self.number}",
        )  # fmt: skip

    def decide(self) -> None:
        open_now = list(self.study.adjudicating.disputes(CHEN))
        if not open_now:
            raise ReviewToolError("nothing is open")
        dispute = self.draw.choice(open_now)
        audit = dispute.unit == "audit:item"
        chosen = "confirm" if audit else self.draw.choice([dispute.readings[0].reader, "remove"])
        reason = None if audit else self.draw.choice(list(Reason))
        self.study.adjudicating.decide(
            CHEN,
            Ruling(round=dispute.round, item_id=dispute.item_id, unit=dispute.unit, chosen=chosen,
                   reason=reason, rationale="So it is."),
        )  # fmt: skip

    def answer(self) -> None:
        entries = self.study.reasons.work_list(LENA)
        if not entries:
            raise ReviewToolError("nothing is asked for")
        entry = self.draw.choice(entries)
        self.study.reasons.answer(LENA, entry.decision_id, self.draw.choice(list(Remedy)))

    def leave(self) -> None:
        keep = self.draw.random() < 0.3
        who = self.draw.choice(READERS)
        self.study.departing.end_part(LENA, self._round(), who, keep=keep, reason="Moved.")

    def come_back(self) -> None:
        who = self.draw.choice(READERS)
        self.study.departing.take_back(LENA, self._round(), who, reason="Back.")

    def mask(self) -> None:
        item_id = self._item()
        self.study.masking.propose(CHEN, item_id)
        masks = self.study.masking.of_item(LENA, item_id).masks
        proposed = [mask.mask_id for mask in masks if mask.state is MaskState.PROPOSED]
        self.study.masking.apply(LENA, item_id, proposed)

    def unmask(self) -> None:
        item_id = self._item()
        masks = self.study.masking.of_item(LENA, item_id).masks
        on = [mask.mask_id for mask in masks if mask.state is MaskState.APPLIED]
        if not on:
            raise ReviewToolError("no mask is on")
        self.study.masking.withdraw(LENA, item_id, on, "No leak.")

    def version(self) -> None:
        if self.draw.random() < 0.5:
            raise ReviewToolError("it seldom happens")
        more = lines(more=f" Seen {self.number} times.")
        path = write_items(self.folder / str(self.number), more)
        self.study.importing.store_file(OPERATOR, path)

    def close(self) -> None:
        self.study.assigning.close(LENA, self._round())

    def reopen(self) -> None:
        self.study.assigning.reopen(LENA, self._round())

    def take_out(self) -> None:
        if self.draw.random() < 0.8:
            raise ReviewToolError("it seldom happens")
        self.study.assigning.take_out(LENA, self._round(), self._item(), "Broken.")

    def stop(self) -> None:
        self.study.assigning.stop(LENA, self._round())

    def another_round(self) -> None:
        if len(self.study.assigning.all_of(LENA)) > 3:
            raise ReviewToolError("there are enough")
        open_round(self.study, f"round {self.number}", persons=READERS, readers=2)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_kept_is_what_settling_says_after_whatever_happened(
    study: Workbench, tmp_path: Path, seed: int
) -> None:
    """Readings, rulings, reasons, masks, versions, departures, rounds: in any order."""
    acts = Acts(study, tmp_path, seed)
    for _ in range(60):
        before = rows(study.database)
        acts.one()
        assert_same(study.database, before)
    assert acts.done.total() >= 15, acts.done


def ruled_as_ambiguous(study: Workbench) -> str:
    """Read everything, rule one difference as true ambiguity, and return the item."""
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.CONTRADICTED)
    read_all(study, "dalia")
    [dispute, *_] = [d for d in study.adjudicating.disputes(CHEN) if d.unit == "claim:c1"]
    study.adjudicating.decide(
        CHEN,
        Ruling(
            round="first",
            item_id=dispute.item_id,
            unit=dispute.unit,
            chosen=dispute.readings[0].reader,
            reason=Reason.TRUE_CLINICAL_AMBIGUITY,
        ),
    )
    return dispute.item_id


def test_readings_and_rulings_leave_nothing_to_be_made_anew(study: Workbench) -> None:
    """They keep what the item comes to as they are stored; so only an old study has to catch up."""
    ruled_as_ambiguous(study)
    assert outcomes.behind(study.database) == []
    assert len(kept_now(study.database)) == 3


def test_a_lead_s_word_on_a_reason_makes_that_item_stale_and_no_other(study: Workbench) -> None:
    """It changes gold: the item is found by what was counted, and made anew when asked for."""
    item_id = ruled_as_ambiguous(study)
    [entry] = study.reasons.work_list(LENA)
    study.reasons.answer(LENA, entry.decision_id, Remedy.GUIDELINE_NOTE)
    assert outcomes.behind(study.database) == [item_id]
    assert outcomes.bring_up(study.database) == 1
    assert plain(kept_now(study.database)) == plain(settled_now(study.database))


def test_an_erased_text_makes_everything_anew(study: Workbench) -> None:
    """Nobody has to know which items rested on it."""
    ruled_as_ambiguous(study)
    with study.database.transaction() as t:
        at = "'2026-12-01 00:00:00.000000+00:00'"
        t.execute(
            text(
                f"UPDATE payload SET body = NULL, erased_at = {at} WHERE sha256 = "
                "(SELECT payload_sha256 FROM review WHERE person = 'benoit' LIMIT 1)"
            )
        )
        events.append(t, "payload.erased", "operator", "payload:one", "0" * 64, study.clock())
    assert len(outcomes.behind(study.database)) == 3
    assert outcomes.bring_up(study.database) == 3
    assert {key: kept.left_out for key, kept in kept_now(study.database).items()} == {
        key: kept.left_out for key, kept in settled_now(study.database).items()
    }


def test_no_wording_of_a_reader_is_kept(study: Workbench) -> None:
    """Two readers gave the same one or they did not; what it was is not for a cache."""
    wording = "Langerhans cell histiocytosis of the skull"
    for person in READERS:
        read_all(study, person, proposals=Proposals(answer=wording, aliases=(wording,)))
    with study.database.reading() as t:
        [*found] = t.execute(text("SELECT left_out, body FROM outcome"))
    assert len(found) == 3
    assert all("Langerhans" not in str(row) and "histiocytosis" not in str(row) for row in found)


def test_catching_up_can_be_stopped_and_goes_on_from_there(
    bench: Workbench, tmp_path: Path
) -> None:
    """A study from before has nothing kept: 25 items in three steps, stopped after the first."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines(number=25)))
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit")
    with bench.database.transaction() as t:
        db_outcomes.empty(t)
    seen: list[Progress] = []

    def watch(progress: Progress) -> bool:
        seen.append(progress)
        return len(seen) < 2

    with pytest.raises(WorkStopped):
        outcomes.bring_up(bench.database, watch)
    assert [(p.done, p.total, p.what) for p in seen] == [(0, 25, "items"), (10, 25, "items")]
    assert outcomes.bring_up(bench.database) == 15
    assert plain(kept_now(bench.database)) == plain(settled_now(bench.database))


def test_looking_for_what_is_stale_costs_a_few_statements(study: Workbench) -> None:
    """However many items there are: a page of ids, and one question for all of them."""
    ruled_as_ambiguous(study)
    with statements(study) as ran:
        outcomes.behind(study.database)
    assert len(ran) <= 5
