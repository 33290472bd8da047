"""Load the demo study through the same services that people use."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from demo.draw import draw_all
from src.domain.adjudication import Dispute, letters_of
from src.domain.evidence import EvidenceLink, ImageBox, TextSpan, WholeImage, span_of
from src.domain.grading import DrawKind
from src.domain.human_grade import GradingBody, Word
from src.domain.item import Item, Track
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR, Actor, Person
from src.domain.prediction import Model
from src.domain.review import (
    AddedCriterion,
    Check,
    CheckAnswer,
    ClaimReading,
    Confidence,
    CriterionReading,
    EditReason,
    Proposals,
    Recommendation,
    ReviewBody,
    Verdict,
)
from src.domain.routing import EVERY_DIFFERENCE, STANDARD
from src.files.judge_replies import read_replies
from src.judges.replay import ReplayJudge
from src.services.adjudicating import Ruling
from src.services.assigning import RoundPlan
from src.services.grading import GradingPlan
from src.services.workbench import Workbench

HERE = Path(__file__).parent
READERS = ("amara", "benoit", "dalia")
PILOT, OPEN = "Pilot reading", "November reading"
GRADED, GRADING = "First answers", "Second answers"
SAMPLE = 18
"""Answers drawn for the first set, of 24."""
LATER = ("demo/crossmodal/002", "demo/diagnosis/005")
"""What the second set asks of; the first asks of all else that three have read."""
SEED = 20260710
Step = Callable[[str], None]


def load(bench: Workbench, say: Step = lambda _: None) -> None:
    """Fill an empty study: people, items, rounds, readings, decisions, gold, answers, grades."""
    say("drawing the images")
    with tempfile.TemporaryDirectory(prefix="rare-review-demo-") as name:
        folder = Path(name)
        draw_all(folder)
        (folder / "items.jsonl").write_bytes((HERE / "items.jsonl").read_bytes())
        say("importing the items")
        report = bench.importing.store_file(OPERATOR, folder / "items.jsonl")
    assert report.accepted, report.problems
    say("scanning the texts for leaks")
    bench.scanning.scan_new(OPERATOR)
    _add_people(bench)
    lead, chen = bench.people.actor("lena"), bench.people.actor("chen")
    readings = _by_item(json.loads((HERE / "reviews.json").read_text(encoding="utf-8")))
    _open_rounds(bench, lead, readings)
    say("storing the readings")
    for reader in READERS:
        _read(bench, reader, PILOT, readings)
    _read(bench, "amara", OPEN, readings)
    say("storing the decisions")
    _decide(bench, chen, SEED)
    bench.releasing.release(lead, "First gold of the demo study")
    say("storing the answers of three invented models")
    _answer(bench)
    say("giving a judge's stored replies again")
    _judge(bench)
    say("storing what clinicians say of the answers")
    _grade(bench, lead, tuple(item for item, by in readings.items() if len(by) == len(READERS)))


def _add_people(bench: Workbench) -> None:
    for person in json.loads((HERE / "people.json").read_text(encoding="utf-8")):
        bench.people.add(OPERATOR, Person.model_validate(person))


def _by_item(readings: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return item -> person -> reading."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for reading in readings:
        found.setdefault(reading["item"], {})[reading["person"]] = reading
    return found


def _open_rounds(
    bench: Workbench, lead: Actor, readings: dict[str, dict[str, dict[str, Any]]]
) -> None:
    """Open one round that everybody has read, and one that still waits for readers."""
    read = tuple(sorted(item for item, by in readings.items() if len(by) == len(READERS)))
    every = [summary.item_id for summary in bench.browsing.items(lead, size=1000)]
    waiting = tuple(item for item in every if item not in read)
    for name, ids, rule in ((PILOT, read, EVERY_DIFFERENCE), (OPEN, waiting, STANDARD)):
        plan = RoundPlan(
            name=name,
            readers=len(READERS),
            persons=READERS,
            item_ids=ids,
            seed=SEED,
            routing=rule,
        )
        bench.assigning.create(lead, plan)


def _read(
    bench: Workbench,
    reader: str,
    round_name: str,
    readings: dict[str, dict[str, dict[str, Any]]],
) -> None:
    """Let a reader submit what they have read, in the order it comes to them."""
    actor = bench.people.actor(reader)
    while (task := bench.reviewing.next_item(actor, round_name)) is not None:
        reading = readings.get(task.item.item_id, {}).get(reader)
        if reading is None:
            return
        bench.reviewing.submit(
            actor,
            round_name,
            task.item.item_id,
            body_of(task.item, reading),
            item_version=task.item.version,
            idempotency_key=f"demo/{reader}/{task.item.item_id}",
            seconds_active=240,
        )


def body_of(item: Item, reading: dict[str, Any]) -> ReviewBody:
    """Return a reading of the demo's JSON as the tool stores it."""
    return ReviewBody(
        claims=tuple(
            ClaimReading(
                claim_id=item.claims[said["claim"] - 1].claim_id,
                verdict=Verdict(said["verdict"]),
                evidence=tuple(_link(item, link) for link in said["evidence"]),
                note=said["note"],
            )
            for said in reading["claims"]
        ),
        checks={Check(name): CheckAnswer(said) for name, said in reading["checks"].items()},
        criteria=tuple(
            CriterionReading(
                criterion_id=_criterion_id(item, said["key"]),
                action=said["action"],
                text=said.get("text") if said["action"] == "edit" else None,
                points=said.get("points") if said["action"] == "edit" else None,
                reason=EditReason(said["reason"]),
                note=said["note"],
            )
            for said in reading["criteria"]
        ),
        added_criteria=tuple(
            AddedCriterion(text=said["text"], points=said["points"], reason=said["reason"])
            for said in reading["added_criteria"]
        ),
        flags=tuple(_flag(item, said) for said in reading["flags"]),
        proposals=Proposals.model_validate(reading["proposals"]),
        recommendation=Recommendation(reading["recommendation"]),
        confidence=Confidence(reading["confidence"]),
        comment=reading["comment"],
        images_viewed=tuple(image.sha256 for image in item.content.images),
    )


def _criterion_id(item: Item, key: str) -> str:
    return next(c.criterion_id for c in item.criteria if c.key == key)


def _link(item: Item, link: dict[str, Any]) -> EvidenceLink:
    if "quote" in link:
        return _span(item, link["field"], link["quote"])
    sha256 = item.content.images[link["image"] - 1].sha256
    return _box(sha256, link["box"]) if link.get("box") else WholeImage(sha256=sha256)


def _span(item: Item, field: str, quote: str) -> TextSpan:
    text = item.content.text_of(field) or ""
    start = text.index(quote)
    return span_of(field, text, start, start + len(quote))


def _box(sha256: str, box: list[int]) -> ImageBox:
    x, y, width, height = box
    return ImageBox(sha256=sha256, x=x, y=y, width=width, height=height)


def _flag(item: Item, said: dict[str, Any]) -> LeakageFlag:
    place = said["place"]
    if "image" in place:
        sha256 = item.content.images[place["image"] - 1].sha256
        box = _box(sha256, place["box"]) if place.get("box") else None
        spot = LeakPlace(image=place["image"], box=box)
    else:
        span = _span(item, place["field"], place["quote"]) if place.get("quote") else None
        spot = LeakPlace(field=place["field"], span=span)
    return LeakageFlag(
        kind=LeakKind(said["kind"]), place=spot, severity=said["severity"], note=said["note"]
    )


def _decide(bench: Workbench, chen: Actor, seed: int) -> None:
    open_disputes = {
        (dispute.item_id, dispute.unit): dispute
        for dispute in bench.adjudicating.disputes(chen, PILOT)
    }
    for said in json.loads((HERE / "decisions.json").read_text(encoding="utf-8")):
        item = bench.browsing.item(chen, said["item"]).item
        dispute = _dispute(open_disputes, item, said["about"])
        letter = letters_of(READERS, seed, item.item_id)[said["choose_reader"]]
        bench.adjudicating.decide(
            chen,
            Ruling(
                round=PILOT,
                item_id=item.item_id,
                unit=dispute.unit,
                chosen=letter,
                reason=said["reason"],
                rationale=said["rationale"],
                confidence=said["confidence"],
                input_digest=dispute.input_digest,
            ),
        )


def _dispute(open_disputes: dict[tuple[str, str], Dispute], item: Item, about: str) -> Dispute:
    """Return the dispute a note of the demo is about."""
    kind, _, name = about.partition(" ")
    if about == "criterion added":
        return next(
            dispute
            for (item_id, unit), dispute in open_disputes.items()
            if item_id == item.item_id and unit.startswith("criterion:+")
        )
    if kind == "claim":
        unit = f"claim:{item.claims[int(name) - 1].claim_id}"
    elif kind == "criterion":
        unit = f"criterion:{_criterion_id(item, name)}"
    else:
        unit = f"{kind}:{name.replace(' ', ':', 1)}"
    return open_disputes[(item.item_id, unit)]


def _answer(bench: Workbench) -> None:
    for said in json.loads((HERE / "models.json").read_text(encoding="utf-8")):
        model = Model(
            name=said["model_id"],
            display_name=said["name"],
            family=said["family"],
            medical=said["medical"],
            version=said["version"],
        )
        bench.predicting.add_model(OPERATOR, model)
        for track in Track:
            path = HERE / f"predictions_{model.name}_{track.value}.jsonl"
            if path.exists():
                report = bench.predicting.store_file(OPERATOR, path, model=model.name, track=track)
                assert not report.problems, report.problems


def _judge(bench: Workbench) -> None:
    """Let the replayed judge grade everything; three of its calls fail and bring no grade.

    In a thread of its own: whoever loads the study may have an event loop running already.
    """
    head, replies = read_replies(HERE / "judge_replies.jsonl")
    judge = ReplayJudge(head, replies)
    with ThreadPoolExecutor(1) as one:
        run = one.submit(lambda: asyncio.run(bench.judging.run(OPERATOR, head.card, judge)))
    report = run.result()
    assert (report.failed, report.stopped) == (3, ""), report


def _grade(bench: Workbench, lead: Actor, read: tuple[str, ...]) -> None:
    """Let the readers grade one set whole, and begin another that stays open.

    Both ask only what all of them have read: whoever has graded answers to an item would read it
    with other eyes.
    """
    words = _graders_words()
    graders = [bench.people.actor(reader) for reader in READERS]
    first = GradingPlan(
        name=GRADED,
        graders=2,
        persons=READERS,
        draw=DrawKind.STRATIFIED,
        sample=SAMPLE,
        seed=SEED,
        item_ids=tuple(sorted(set(read) - set(LATER))),
    )
    bench.grading.create(lead, first)
    while sum(_grade_next(bench, grader, GRADED, words) for grader in graders):
        pass  # One turn each, until nothing is left for anybody.
    bench.grading.close(lead, GRADED)
    second = GradingPlan(name=GRADING, graders=2, persons=READERS, seed=SEED, item_ids=LATER)
    bench.grading.create(lead, second)
    for grader in graders:
        _grade_next(bench, grader, GRADING, words)


Words = Callable[[Item, str, str], dict[str, Word]]
"""What a person says of an answer to an item, by criterion."""


def _graders_words() -> Words:
    """Return what each clinician says: what the answer meets, unless they are noted to differ.

    A grader does not learn whose answer it is, so it is known by its text.
    """
    said = json.loads((HERE / "grades.json").read_text(encoding="utf-8"))
    texts = {
        (line["item_id"], line["prediction"]): path.stem.split("_")[1]
        for path in HERE.glob("predictions_*.jsonl")
        for line in _lines(path)
    }
    met = {(one["item"], one["model"]): frozenset(one["met"]) for one in said["answers"]}
    own = {
        (one["item"], one["model"], one["person"], one["criterion"]): Word(
            value=one["value"], cannot=one["value"] is None, note=one["note"]
        )
        for one in said["departures"]
    }

    def words(item: Item, answer: str, person: str) -> dict[str, Word]:
        model = texts[(item.item_id, answer)]
        return {
            c.criterion_id: own.get(
                (item.item_id, model, person, c.key),
                Word(value=float(c.key in met[(item.item_id, model)])),
            )
            for c in item.criteria
        }

    return words


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _grade_next(bench: Workbench, grader: Actor, name: str, words: Words) -> bool:
    """Let a grader send the next answer of a set; return False when there is none for them."""
    task = bench.grading.next_answer(grader, name)
    if task is None:
        return False
    item = task.view.item
    said = words(item.model_copy(update={"criteria": task.criteria}), task.answer, grader.person_id)
    bench.grading.submit(
        grader,
        name,
        task.position,
        GradingBody(words=said),
        idempotency_key=f"demo/{grader.person_id}/{name}/{task.position}",
    )
    return True
