"""A study that 40 people have read: 1,756 bench items, three readings each, all rows valid.

Readings are stored in bulk, past the services, with the events that prove them; what lists count
is then worked out as the program does it.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, update

from benchmarks.bench_study import complete_reading, make_study
from db import events, items, rounds
from db.database import Transaction
from db.models import PayloadRow, ProgressRow, ReviewRow, RoundItemRow, SlotRow
from src.domain.evidence import ImageBox
from src.domain.item import Item
from src.domain.people import OPERATOR, Person, Role
from src.domain.review import (
    Check,
    CheckAnswer,
    CriterionReading,
    EditReason,
    Recommendation,
    ReviewBody,
    Verdict,
)
from src.domain.round import SlotState
from src.domain.routing import STANDARD
from src.services import leak_standing
from src.services.assigning import RoundPlan
from src.services.workbench import Workbench

READERS, PER_ITEM = 40, 3
ROUND = "read"
BEGAN = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
CHUNK = 50


def reader(number: int) -> str:
    """Return the id of a reader."""
    return f"reader-{number:02d}"


def make_read_study(folder: Path, size: int) -> Workbench:
    """Return a study of `size` bench items, each read by three of 40 readers."""
    bench = make_study(folder, size)
    people = [
        *((reader(n), Role.REVIEWER) for n in range(READERS)),
        ("chen", Role.ADJUDICATOR),
    ]
    for person_id, role in people:
        person = Person(person_id=person_id, display_name=person_id, roles=frozenset({role}))
        bench.people.add(OPERATOR, person)
    persons = tuple(reader(n) for n in range(READERS))
    plan = RoundPlan(name=ROUND, readers=PER_ITEM, persons=persons, seed=1, routing=STANDARD)
    bench.assigning.create(OPERATOR, plan)
    _read(bench)
    return bench


def _read(bench: Workbench) -> None:
    draw, numbers = random.Random(5), dict.fromkeys(range(READERS), 0)
    with bench.database.reading() as t:
        ids = rounds.item_ids(t, ROUND)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        with bench.database.transaction() as t:
            known = items.get_many(t, [(item_id, 1) for item_id in some])
            for place, item_id in enumerate(some, start=start):
                _read_item(t, known[item_id], place, draw, numbers)
        with bench.database.transaction() as t:
            for item_id in some:
                leak_standing.count_anew(t, item_id)
    with bench.database.transaction() as t:
        track = "treatment"
        rows = [
            {"round": ROUND, "person": reader(n), "track": track, "submitted": read, "skipped": 0}
            for n, read in numbers.items()
        ]
        t.execute(insert(ProgressRow), rows)


def _read_item(
    t: Transaction, item: Item, place: int, draw: random.Random, numbers: dict[int, int]
) -> None:
    """Store three readings of an item; of every second one all three say the same."""
    at = BEGAN + timedelta(minutes=30 * place)
    agreed, proofs = draw.random() < 0.5, []
    chosen = sorted(draw.sample(range(READERS), PER_ITEM))
    for slot_number, number in enumerate(chosen, start=1):
        numbers[number] += 1
        body = complete_reading(item) if agreed else reading(item, draw)
        nonce = f"{draw.getrandbits(128):032x}"
        written = body.model_dump(mode="json")
        sha256 = events.payload_hash(nonce, written)
        payload = {"sha256": sha256, "nonce": nonce, "body": written, "erased_at": None}
        t.execute(insert(PayloadRow), [payload])
        review = ReviewRow(
            review_id=f"{draw.getrandbits(96):024x}",
            round=ROUND,
            item_id=item.item_id,
            item_version=item.version,
            rubric_version=item.rubric_version,
            guideline="",
            person=reader(number),
            revision=1,
            number=numbers[number],
            payload_sha256=sha256,
            opened_at=at,
            submitted_at=at + timedelta(minutes=6),
            seconds_active=300,
            after_exposure=False,
            extra=False,
            idempotency_key=f"{item.item_id} {number}",
        )
        slot = SlotRow(
            round=ROUND,
            item_id=item.item_id,
            number=slot_number,
            item_version=item.version,
            position=place + 1,
            person=reader(number),
            lease_until=None,
            state=SlotState.SUBMITTED.value,
        )
        proofs += [
            events.proof_of("review.submitted", reader(number), review),
            events.proof_of("slot.filled", reader(number), slot),
        ]
        t.add(review)
        filled = update(SlotRow).where(
            SlotRow.round == ROUND, SlotRow.item_id == item.item_id, SlotRow.number == slot_number
        )
        t.execute(filled.values(person=slot.person, state=slot.state))
    done = update(RoundItemRow).where(
        RoundItemRow.round == ROUND, RoundItemRow.item_id == item.item_id
    )
    t.execute(done.values(missing=0))
    t.flush()
    events.append_all(t, proofs, at)


def reading(item: Item, draw: random.Random) -> ReviewBody:
    """Return what one reader says: mostly what the others say, with a box on the first image."""
    same, image = complete_reading(item), item.content.images[0].sha256
    box = ImageBox(
        sha256=image, x=draw.randint(10, 40), y=draw.randint(10, 40), width=200, height=150
    )
    claims = [
        said.model_copy(
            update={
                "verdict": draw.choice(list(Verdict)) if draw.random() < 0.2 else said.verdict,
                "evidence": (box,) if place == 0 else (),
            }
        )
        for place, said in enumerate(same.claims)
    ]
    criterion = draw.choice(item.criteria).criterion_id
    gone = CriterionReading(criterion_id=criterion, action="delete", reason=EditReason.WRONG)
    return same.model_copy(
        update={
            "claims": tuple(claims),
            "checks": {Check.ANSWER_CORRECT: draw.choice(list(CheckAnswer))},
            "criteria": (gone,) if draw.random() < 0.3 else (),
            "recommendation": draw.choice(list(Recommendation)),
        }
    )
