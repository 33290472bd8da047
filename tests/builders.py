"""Small true things to test with: image files, item lines, people, readings, a clock."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import event

from src.domain.item import Item
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.review import (
    Check,
    CheckAnswer,
    ClaimReading,
    Confidence,
    Recommendation,
    ReviewBody,
    Verdict,
)
from src.services.assigning import RoundPlan
from src.services.workbench import Workbench

PEOPLE = (
    Person(person_id="amara", display_name="Amara Okafor", roles=frozenset({Role.REVIEWER})),
    Person(person_id="benoit", display_name="Benoît Marchand", roles=frozenset({Role.REVIEWER})),
    Person(person_id="dalia", display_name="Dalia Haddad", roles=frozenset({Role.REVIEWER})),
    Person(person_id="chen", display_name="Chen Wei", roles=frozenset({Role.ADJUDICATOR})),
    Person(person_id="lena", display_name="Lena Vogel", roles=frozenset({Role.LEAD})),
    Person(person_id="emil", display_name="Emil Novak", roles=frozenset({Role.EVALUATOR})),
    Person(person_id="stranger", display_name="A stranger", roles=frozenset()),
)


class Clock:
    """A clock that goes one second forward at each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def actor(person_id: str) -> Actor:
    """Return one of the test people as an actor."""
    person = next(person for person in PEOPLE if person.person_id == person_id)
    return Actor(person_id=person_id, roles=person.roles)


def png(seed: int = 0, width: int = 120, height: int = 90) -> bytes:
    """Return a small noisy PNG; another seed gives other pixels."""
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def item_line(
    index: str, track: str = "diagnosis", case: str = "case-1", **changes: Any
) -> dict[str, Any]:
    """Return one item as a line of the tool's own format, its images named by path."""
    line: dict[str, Any] = {
        "dataset": "test",
        "track": track,
        "index": index,
        "case": {"case_id": case},
        "question": "What is the most likely diagnosis?",
        "context": "A 54-year-old woman with bone pain. Bilateral perirenal soft tissue.",
        "answer": "Erdheim-Chester disease",
        "aliases": ["ECD"],
        "orpha_code": "35687",
        "images": [{"path": f"{index}-{n}.png", "caption": f"Image {n}"} for n in (1, 2)],
        "criteria": [
            {"key": "must_include-1", "text": "Names Erdheim-Chester disease", "points": 1.0},
            {"key": "must_include-2", "text": "Mentions BRAF V600E testing", "points": 1.0},
            {"key": "must_not-1", "text": "Diagnoses metastases", "points": -1.0},
        ],
    }
    return {**line, **changes}


def write_items(
    folder: Path, lines: Sequence[Mapping[str, Any]], name: str = "items.jsonl"
) -> Path:
    """Write item lines and the images they name, and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, line in enumerate(lines):
        for place, image in enumerate(line.get("images", ())):
            path = folder / image["path"]
            if not path.exists():
                path.write_bytes(png(number * 100 + place))
    path = folder / name
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    return path


def add_people(bench: Workbench) -> None:
    """Store the test people."""
    for person in PEOPLE:
        bench.people.add(OPERATOR, person)


def open_round(
    bench: Workbench, name: str = "first", persons: Sequence[str] = ("amara", "benoit"), **plan: Any
) -> None:
    """Open a round in which everybody named reads every item.

    Every difference goes to an adjudicator and nothing else does, unless `routing` says more.
    """
    plan.setdefault("routing", None)
    readers = plan.pop("readers", len(persons))
    bench.assigning.create(
        actor("lena"), RoundPlan(name=name, readers=readers, persons=tuple(persons), seed=7, **plan)
    )


def full_reading(item: Item, verdict: Verdict = Verdict.SUPPORTED, **changes: Any) -> ReviewBody:
    """Return a complete reading of an item."""
    body = ReviewBody(
        claims=tuple(ClaimReading(claim_id=c.claim_id, verdict=verdict) for c in item.claims),
        checks={Check.ANSWER_CORRECT: CheckAnswer.YES},
        recommendation=Recommendation.ACCEPT,
        confidence=Confidence.HIGH,
    )
    return body.model_copy(update=changes)


def read_all(
    bench: Workbench, person_id: str, round_name: str = "first", **changes: Any
) -> list[str]:
    """Let a person read every item of a round that comes to them; return the ids in order."""
    seen = []
    while (task := bench.reviewing.next_item(actor(person_id), round_name)) is not None:
        bench.reviewing.submit(
            actor(person_id),
            round_name,
            task.item.item_id,
            full_reading(task.item, **changes),
            item_version=task.item.version,
            idempotency_key=f"{person_id}-{round_name}-{task.item.item_id}",
        )
        seen.append(task.item.item_id)
    return seen


@contextmanager
def statements(bench: Workbench) -> Iterator[list[str]]:
    """Collect the statements a piece of work runs."""
    ran: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            ran.append(statement)

    event.listen(bench.database.engine, "before_cursor_execute", note)
    yield ran
    event.remove(bench.database.engine, "before_cursor_execute", note)
