"""Load the demo study through the same services that people use."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from demo.draw import draw_all
from demo.readings import agreeing_body, body_of, criterion_id
from src.domain.adjudication import Dispute, letters_of
from src.domain.grading import DrawKind
from src.domain.human_grade import GradingBody, Word
from src.domain.item import Item, Track
from src.domain.people import OPERATOR, Actor, Person
from src.domain.prediction import Model
from src.domain.review import ReviewBody
from src.domain.routing import EVERY_DIFFERENCE, STANDARD
from src.files.judge_replies import read_replies
from src.judges.replay import ReplayJudge
from src.services.adjudicating import Ruling
from src.services.assigning import RoundPlan
from src.services.grading import GradingPlan
from src.services.workbench import Workbench

HERE = Path(__file__).parent
READERS = ("amara", "benoit", "dalia")
PAIR = READERS[:2]
"""Who read and graded the cases of the October reading."""
PILOT, OCTOBER, OPEN = "Pilot reading", "October reading", "November reading"
GRADED, GRADING = "First answers", "Second answers"
BY_BOTH, BY_ONE = "October diagnoses", "October treatments"
"""Each answer of these is graded by both of the pair, or by one of them."""
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
    readings = _by_item(_json("reviews.json"))
    agreed = {said["item"]: said for said in _json("agreed_readings.json")}
    whole = tuple(item for item, by in readings.items() if len(by) == len(READERS))
    _open_rounds(bench, lead, whole, tuple(agreed))
    say("storing the readings")

    def read_whole(item: Item, reader: str) -> ReviewBody | None:
        said = readings.get(item.item_id, {}).get(reader)
        return body_of(item, said) if said else None

    for reader in READERS:
        _read(bench, reader, PILOT, read_whole)
    _read(bench, "amara", OPEN, read_whole)
    say("storing the decisions")
    decisions = _json("decisions.json")
    _decide(bench, chen, PILOT, READERS, [one for one in decisions if one["item"] in whole])
    bench.releasing.release(lead, "First gold of the demo study")
    say("storing the readings and decisions of twenty more cases")
    for reader in PAIR:
        _read(
            bench, reader, OCTOBER, lambda item, who: agreeing_body(item, agreed[item.item_id], who)
        )
    _decide(bench, chen, OCTOBER, PAIR, [one for one in decisions if one["item"] in agreed])
    bench.releasing.release(lead, "Twenty more cases")
    say("storing the answers of three invented models")
    _answer(bench)
    say("giving a judge's stored replies again")
    _judge(bench)
    say("storing what clinicians say of the answers")
    _grade(bench, lead, whole, tuple(agreed))


def _json(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return found


def _add_people(bench: Workbench) -> None:
    for person in _json("people.json"):
        bench.people.add(OPERATOR, Person.model_validate(person))


def _by_item(readings: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return item -> person -> reading."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for reading in readings:
        found.setdefault(reading["item"], {})[reading["person"]] = reading
    return found


def _open_rounds(
    bench: Workbench, lead: Actor, whole: tuple[str, ...], agreed: tuple[str, ...]
) -> None:
    """Open a round that all three have read, one that two have, and one that waits for readers."""
    every = [summary.item_id for summary in bench.browsing.items(lead, size=1000)]
    waiting = tuple(item for item in every if item not in {*whole, *agreed})
    for name, ids, persons, rule in (
        (PILOT, tuple(sorted(whole)), READERS, EVERY_DIFFERENCE),
        (OCTOBER, agreed, PAIR, EVERY_DIFFERENCE),
        (OPEN, waiting, READERS, STANDARD),
    ):
        plan = RoundPlan(
            name=name,
            readers=len(persons),
            persons=persons,
            item_ids=ids,
            seed=SEED,
            routing=rule,
        )
        bench.assigning.create(lead, plan)


Reading = Callable[[Item, str], ReviewBody | None]
"""What a person says of an item; None where they have not read it."""


def _read(bench: Workbench, reader: str, round_name: str, reading: Reading) -> None:
    """Let a reader submit what they have read, in the order it comes to them."""
    actor = bench.people.actor(reader)
    while (task := bench.reviewing.next_item(actor, round_name)) is not None:
        body = reading(task.item, reader)
        if body is None:
            return
        bench.reviewing.submit(
            actor,
            round_name,
            task.item.item_id,
            body,
            item_version=task.item.version,
            idempotency_key=f"demo/{reader}/{task.item.item_id}",
            seconds_active=240,
        )


def _decide(
    bench: Workbench,
    chen: Actor,
    round_name: str,
    readers: Sequence[str],
    decisions: Sequence[dict[str, Any]],
) -> None:
    open_disputes = {
        (dispute.item_id, dispute.unit): dispute
        for dispute in bench.adjudicating.disputes(chen, round_name)
    }
    for said in decisions:
        item = bench.browsing.item(chen, said["item"]).item
        dispute = _dispute(open_disputes, item, said["about"])
        letter = letters_of(readers, SEED, item.item_id)[said["choose_reader"]]
        bench.adjudicating.decide(
            chen,
            Ruling(
                round=round_name,
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
        unit = f"criterion:{criterion_id(item, name)}"
    else:
        unit = f"{kind}:{name.replace(' ', ':', 1)}"
    return open_disputes[(item.item_id, unit)]


def _answer(bench: Workbench) -> None:
    for said in _json("models.json"):
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


def _grade(bench: Workbench, lead: Actor, read: tuple[str, ...], agreed: tuple[str, ...]) -> None:
    """Let the readers grade three sets whole, and begin another that stays open.

    A set asks only what all of its graders have read: whoever has graded answers to an item would
    read it with other eyes.
    """
    words = _graders_words()
    first = GradingPlan(
        name=GRADED,
        graders=2,
        persons=READERS,
        draw=DrawKind.STRATIFIED,
        sample=SAMPLE,
        seed=SEED,
        item_ids=tuple(sorted(set(read) - set(LATER))),
    )
    _grade_whole(bench, lead, first, words)
    second = GradingPlan(name=GRADING, graders=2, persons=READERS, seed=SEED, item_ids=LATER)
    bench.grading.create(lead, second)
    for reader in READERS:
        _grade_next(bench, bench.people.actor(reader), GRADING, words)
    for name, graders, track in ((BY_BOTH, 2, Track.DIAGNOSIS), (BY_ONE, 1, Track.TREATMENT)):
        ids = tuple(item for item in agreed if f"/{track}/" in item)
        plan = GradingPlan(name=name, graders=graders, persons=PAIR, seed=SEED, item_ids=ids)
        _grade_whole(bench, lead, plan, words)


def _grade_whole(bench: Workbench, lead: Actor, plan: GradingPlan, words: Words) -> None:
    bench.grading.create(lead, plan)
    graders = [bench.people.actor(person) for person in plan.persons]
    while sum(_grade_next(bench, grader, plan.name, words) for grader in graders):
        pass  # One turn each, until nothing is left for anybody.
    bench.grading.close(lead, plan.name)


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
