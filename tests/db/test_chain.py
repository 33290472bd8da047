"""The hash chain: append-only, without forks, and every single change is found."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import text

from db import events
from db.database import Database
from db.models import APPEND_ONLY
from src.domain.errors import DatabaseError
from src.domain.grading import DrawKind
from src.domain.history import ChainHead
from src.domain.human_grade import GradingBody, Word
from src.domain.item import Track
from src.domain.judging.card import JudgeCard
from src.domain.people import OPERATOR, Person, Role
from src.domain.planting import Plant
from src.domain.reasons import Reason, Remedy
from src.domain.review import CriterionReading, EditReason, Verdict
from src.domain.routing import STANDARD
from src.judges.scripted import ScriptedJudge, reply_text
from src.services.adjudicating import Ruling
from src.services.grading import GradingPlan
from src.services.workbench import Workbench, open_workbench
from tests.builders import Clock, actor, item_line, open_round, read_all, write_items


def work_through(bench: Workbench, folder: Path) -> None:
    """Fill a study: import, two readers who differ, decisions, a release, rounds, a name."""
    lines = [item_line("001"), item_line("002", case="case-2")]
    folder.mkdir()
    info, talking = PngImagePlugin.PngInfo(), BytesIO()
    info.add_text("Title", "Femur")
    Image.new("L", (60, 40), 90).save(talking, "PNG", pnginfo=info)
    (folder / "001-1.png").write_bytes(talking.getvalue())
    bench.importing.store_file(OPERATOR, write_items(folder, lines))
    bench.guidelines.publish(actor("lena"), "Judge by the images.")
    for reader in ("amara", "benoit", "dalia"):
        bench.guidelines.acknowledge(actor(reader), 1)
    open_round(bench, blind_adjudication=True)
    delete = CriterionReading(criterion_id="k2", action="delete", reason=EditReason.TOO_VAGUE)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED, criteria=(delete,))
    second = Person(person_id="sofia", display_name="S", roles=frozenset({Role.ADJUDICATOR}))
    bench.people.add(OPERATOR, second)
    sofia = bench.people.actor("sofia")
    for settles in (sofia, actor("chen")):
        for item_id in ("test/diagnosis/001", "test/diagnosis/002"):
            bench.adjudicating.commit_own_reading(settles, "first", item_id, "Bone.", {})
    bench.adjudicating.hand_on(sofia, "first", "test/diagnosis/001", "claim:c1", "chen", "Yours.")
    bench.discussing.ask(sofia, "first", "test/diagnosis/001", "claim:c1", "Why?")
    for dispute in list(bench.adjudicating.disputes(actor("chen"))):
        bench.adjudicating.decide(
            actor("chen"),
            Ruling(
                round="first",
                item_id=dispute.item_id,
                unit=dispute.unit,
                chosen="A",
                reason=Reason.READER_SLIP,
                rationale="A slip.",
            ),
        )
    [entry, *_] = bench.reasons.work_list(actor("lena"))
    bench.reasons.answer(actor("lena"), entry.decision_id, Remedy.RUBRIC_EDIT, "Version 2.")
    bench.releasing.release(actor("lena"), "first")
    open_round(bench, "second", ("amara", "dalia"))
    bench.reviewing.next_item(actor("dalia"), "second")
    for person in ("amara", "dalia"):
        bench.sittings.act(actor(person), "second", 20.0)
        bench.sittings.pause(actor(person), "second")
    bench.departing.end_part(actor("lena"), "second", "amara", keep=False, reason="Moved away.")
    bench.matching.accept(actor("emil"), entry.item_id, "Erdheim disease")
    table = folder / "orphanet.tsv"
    table.write_text("orpha_code\tpreferred_term\tsynonyms\n35687\tErdheim-Chester disease\t\n")
    bench.ontologies.store_file(actor("lena"), table)
    bench.ontologies.add_alias(actor("amara"), "ORPHA:35687", "ECD")
    grade_an_answer(bench, folder)
    judge_answers(bench, folder)
    more = [item_line(f"00{n}", case=f"case-{n}") for n in (3, 4)]
    bench.importing.store_file(OPERATOR, write_items(folder, more))
    plant = Plant(item_id="test/diagnosis/002", claim_id="c1", wrong_text="Gaucher disease")
    open_round(bench, "fourth", ("dalia",), plants=(plant,))
    open_round(bench, "third", ("dalia",), read_first=True, routing=STANDARD)
    task = bench.reviewing.next_item(actor("dalia"), "third")
    assert task is not None
    bench.reviewing.commit_first_reading(
        actor("dalia"), "third", task.item.item_id, "Perirenal tissue on both sides."
    )


def grade_an_answer(bench: Workbench, folder: Path) -> None:
    """Import two answers, open a set of both, and let a reader grade one, with a note."""
    answers = folder / "answers.jsonl"
    answers.write_text("".join(f'{{"index": "00{n}", "prediction": "ECD"}}\n' for n in (1, 2)))
    bench.predicting.store_file(OPERATOR, answers, model="m", track=Track.DIAGNOSIS)
    bench.grading.create(
        actor("lena"), GradingPlan(name="grades", graders=1, persons=("amara",), seed=1)
    )
    sample = GradingPlan(
        name="sample", graders=1, persons=("amara",), seed=1, draw=DrawKind.SIMPLE, sample=1
    )
    bench.grading.create(actor("lena"), sample)
    task = bench.grading.next_answer(actor("amara"), "grades")
    assert task is not None
    word = Word(value=1.0, note="Said in the first line.")
    body = GradingBody(words={c.criterion_id: word for c in task.criteria})
    bench.grading.submit(actor("amara"), "grades", task.position, body, idempotency_key="grading")


def judge_answers(bench: Workbench, folder: Path) -> None:
    """Let a model answer and a judge grade it."""
    answers = folder / "answers.jsonl"
    answers.write_text('{"index": "001", "prediction": "Erdheim-Chester disease"}\n')
    track = Track.DIAGNOSIS
    report = bench.predicting.store_file(actor("emil"), answers, model="model-a", track=track)
    assert report.predictions == 1
    judge = ScriptedJudge(lambda asked: reply_text(asked, 0, reason="No."))
    card = JudgeCard(name="judge-a", provider="scripted")
    asyncio.run(bench.judging.run(actor("emil"), card, judge))


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a SQLite study in which everything has happened once."""
    from src.services.workbench import init
    from tests.builders import add_people

    folder = tmp_path_factory.mktemp("worked")
    url = f"sqlite:///{folder / 'review.db'}"
    init(url, str(folder / "images"))
    bench = open_workbench(url, str(folder / "images"), Clock())
    add_people(bench)
    work_through(bench, folder / "in")
    assert bench.browsing.verify(OPERATOR).problems == ()
    bench.close()
    with closing(sqlite3.connect(folder / "review.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "review.db"


def tampered(worked: Path, folder: Path, *statements: str) -> Workbench:
    """Return a copy of the study changed by raw SQL, its triggers dropped and keys unchecked."""
    copy = folder / "tampered.db"
    copy.write_bytes(worked.read_bytes())
    with closing(sqlite3.connect(copy)) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        changed = sum(max(0, db.execute(statement).rowcount) for statement in statements)
        db.commit()
    assert changed > 0, "the mutation must change something"
    return open_workbench(f"sqlite:///{copy}", str(worked.parent / "images"))


COLUMNS = {
    "event": ("kind", "actor", "object", "payload_sha256", "at", "prev_hash", "hash"),
    "review": (
        "review_id",
        "round",
        "item_id",
        "item_version",
        "rubric_version",
        "guideline",
        "person",
        "revision",
        "number",
        "payload_sha256",
        "opened_at",
        "submitted_at",
        "seconds_active",
        "after_exposure",
        "extra",
        "idempotency_key",
    ),
    "decision": (
        "decision_id",
        "round",
        "item_id",
        "item_version",
        "unit",
        "adjudicator",
        "number",
        "chosen",
        "unit_key",
        "reason",
        "confidence",
        "payload_sha256",
        "input_digest",
        "revision",
        "decided_at",
        "after_scores",
    ),
    "payload": ("sha256", "nonce", "body", "erased_at"),
    "ontology_file": ("number", "sha256", "name", "version", "entities", "at"),
    "alias": ("alias_id", "subject", "text", "normal", "revision", "withdrawn", "person", "at"),
    "slot": ("round", "item_id", "number", "item_version", "position", "person", "state"),
    "person": (
        "person_id",
        "display_name",
        "specialty",
        "years",
        "roles",
        "active",
        "issuer",
        "subject",
    ),
    "round": (
        "name",
        "kind",
        "pass_mark",
        "number",
        "readers",
        "read_first",
        "blind_adjudication",
        "guideline",
        "seed",
        "selection",
        "routing",
        "n_items",
        "plan_sha256",
        "state",
        "made_at",
    ),
    "round_item": (
        "item_id",
        "item_version",
        "rubric_version",
        "position",
        "case_id",
        "track",
        "inclusion_probability",
        "missing",
    ),
    "round_person": ("round", "person", "part"),
    "item": ("item_id", "track", "case_id"),
    "item_version": (
        "item_id",
        "version",
        "sha256",
        "visible_sha256",
        "rubric_sha256",
        "orpha_code",
        "modality",
        "n_images",
        "n_claims",
        "n_criteria",
        "body",
        "made_at",
    ),
    "item_image_text": ("item_id", "version", "position", "number", "texts", "at"),
    "rubric_version": ("item_id", "version", "sha256", "body", "origin", "made_at"),
    "reason": ("decision_id", "revision", "remedy", "note", "person", "at"),
    "release": ("number", "sha256", "made_at", "notes", "manifest"),
    "gold": (
        "release",
        "item_id",
        "item_version",
        "rubric_version",
        "round",
        "status",
        "method",
        "body",
        "input_digest",
    ),
    "guideline": ("number", "text", "note", "person", "at"),
    "acknowledgement": ("person", "number", "at"),
    "match_ruling": (
        "item_id",
        "normal",
        "revision",
        "name",
        "ruling",
        "against",
        "person",
        "at",
    ),
    "departure": ("round", "person", "revision", "part", "reason", "by", "at"),
    "import": ("sha256", "dataset", "name", "format", "counts", "at"),
    "first_reading": ("round", "item_id", "person", "payload_sha256", "at"),
    "shown": ("round", "item_id", "person", "what", "at"),
    "own_reading": ("round", "item_id", "person", "payload_sha256", "at"),
    "message": (
        "message_id",
        "round",
        "item_id",
        "unit",
        "person",
        "kind",
        "payload_sha256",
        "at",
    ),
    "escalation": (
        "escalation_id",
        "round",
        "item_id",
        "unit",
        "person",
        "to_person",
        "payload_sha256",
        "at",
    ),
    "grading_set": (
        "name",
        "number",
        "graders",
        "draw",
        "condition",
        "seed",
        "selection",
        "n_answers",
        "plan_sha256",
        "state",
        "made_at",
    ),
    "grading_person": ("grading_set", "person"),
    "grading_answer": (
        "grading_set",
        "position",
        "model",
        "item_id",
        "item_version",
        "rubric_version",
        "case_id",
        "track",
        "prediction_sha256",
        "inclusion_probability",
    ),
    "grading_passed": (
        "grading_set",
        "item_id",
        "model",
        "prediction_sha256",
        "inclusion_probability",
    ),
    "grading_slot": ("grading_set", "position", "number", "person", "lease_until", "state"),
    "human_grade": (
        "grade_id",
        "grading_set",
        "model",
        "item_id",
        "criterion_id",
        "criterion_sha256",
        "prediction_sha256",
        "person",
        "revision",
        "number",
        "value",
        "blind",
        "payload_sha256",
        "at",
        "idempotency_key",
    ),
    "judge_run": (
        "run_id",
        "identity",
        "judge",
        "card",
        "selection",
        "template_sha256",
        "budget",
        "state",
        "reason",
        "by",
        "begun_at",
        "changed_at",
    ),
    "grade": (
        "key",
        "model",
        "item_id",
        "criterion_id",
        "criterion_sha256",
        "prediction_sha256",
        "judge",
        "value",
        "quote",
        "rationale",
        "status",
        "judge_run",
        "made_at",
        "address",
        "asked_sha256",
        "judge_version",
        "parameters",
        "template_sha256",
        "shown",
        "calls",
        "tokens_in",
        "tokens_out",
        "cost",
        "latency_ms",
        "attempts",
    ),
    "plant": (
        "plant_id",
        "round",
        "item_id",
        "claim_id",
        "kind",
        "right_text",
        "wrong_text",
        "body",
        "person",
        "at",
    ),
    "sitting": (
        "sitting_id",
        "person",
        "round",
        "started_at",
        "last_act_at",
        "ended_at",
        "items",
        "seconds_active",
    ),
}
TIMES = {
    "at",
    "started_at",
    "last_act_at",
    "ended_at",
    "opened_at",
    "submitted_at",
    "decided_at",
    "made_at",
    "erased_at",
    "lease_until",
}
FLAGS = {
    "blind",
    "active",
    "read_first",
    "blind_adjudication",
    "after_exposure",
    "after_scores",
    "extra",
    "withdrawn",
    "begun_at",
    "changed_at",
}
JSON_COLUMNS = {
    "body",
    "roles",
    "selection",
    "routing",
    "manifest",
    "counts",
    "texts",
    "card",
    "parameters",
    "shown",
    "calls",
}


def other_value(column: str) -> str:
    """Return SQL for another value of the same type."""
    if column in FLAGS:
        return f'1 - "{column}"'
    if column in TIMES:
        return "'2001-01-01 00:00:00.000000'"
    if column in JSON_COLUMNS:
        return "'{\"x\":1}'" if column != "roles" else "'[\"lead\"]'"
    return f"CASE typeof(\"{column}\") WHEN 'text' THEN \"{column}\" || 'x' WHEN 'null' THEN 7 ELSE \"{column}\" + 1 END"  # noqa: E501


def mutations() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every single mutation: each column, a deletion and a swap in each kind of row."""
    for table, columns in COLUMNS.items():
        last = f'(SELECT MAX(rowid) FROM "{table}")'
        for column in columns:
            change = f'UPDATE "{table}" SET "{column}" = {other_value(column)} WHERE rowid = {last}'
            yield f"{table}.{column}", (change,)
        yield (
            f"{table} deleted",
            (f'DELETE FROM "{table}" WHERE rowid = (SELECT MIN(rowid) FROM "{table}")',),
        )
    yield "event in the middle deleted", ("DELETE FROM event WHERE seq = 9",)
    yield "event renumbered", ("UPDATE event SET seq = 100000 WHERE seq = 9",)
    for column in ("kind", "actor", "object", "payload_sha256"):
        yield (
            f"event {column} swapped",
            (
                f"UPDATE event SET {column} = CASE seq WHEN 10 THEN (SELECT {column} FROM event WHERE seq = 30) "  # noqa: E501
                f"ELSE (SELECT {column} FROM event WHERE seq = 10) END WHERE seq IN (10, 30)",
            ),
        )
    yield (
        "bodies of two payloads swapped",
        (
            "CREATE TEMP TABLE p AS SELECT rowid r, nonce, body FROM payload ORDER BY rowid LIMIT 2",  # noqa: E501
            "UPDATE payload SET body = (SELECT body FROM p WHERE r <> payload.rowid), "
            "nonce = (SELECT nonce FROM p WHERE r <> payload.rowid) WHERE rowid IN (SELECT r FROM p)",  # noqa: E501
        ),
    )
    yield (
        "a review points to another text",
        ("UPDATE review SET payload_sha256 = (SELECT payload_sha256 FROM decision LIMIT 1)",),
    )
    yield (
        "a text erased in silence",
        (
            "UPDATE payload SET body = NULL, erased_at = '2026-01-01 00:00:00.000000' WHERE rowid = 1",  # noqa: E501
        ),
    )
    yield "a slot closed early", ("UPDATE slot SET state = 'submitted' WHERE state = 'taken'",)
    yield (
        "a slot taken by nobody's event",
        (
            "UPDATE slot SET person = 'chen' WHERE rowid = (SELECT MIN(rowid) FROM slot WHERE state = 'open')",  # noqa: E501
        ),
    )
    yield "an untouched slot moved", ("UPDATE slot SET position = 9 WHERE state = 'open'",)
    yield "an untouched slot deleted", ("DELETE FROM slot WHERE state = 'open'",)
    yield (
        "a slot added",
        (
            "INSERT INTO slot SELECT round, item_id, 9, item_version, position, NULL, NULL, 'open' FROM slot LIMIT 1",  # noqa: E501
        ),
    )
    yield (
        "a review copied",
        (
            "INSERT INTO review SELECT 'copy', round, item_id, item_version, rubric_version, guideline, person, 9, "  # noqa: E501
            "number, payload_sha256, opened_at, submitted_at, seconds_active, after_exposure, extra, 'k' FROM review LIMIT 1",  # noqa: E501
        ),
    )
    yield (
        "a first reading points to another text",
        ("UPDATE first_reading SET payload_sha256 = (SELECT payload_sha256 FROM review LIMIT 1)",),
    )
    yield (
        "a first reading invented",
        (
            "INSERT INTO first_reading SELECT round, item_id, 'amara', payload_sha256, at FROM first_reading",  # noqa: E501
        ),
    )
    yield (
        "an answer shown by nobody's event",
        ("INSERT INTO shown SELECT round, item_id, 'chen', what, at FROM shown LIMIT 1",),
    )
    yield (
        "an item taken out by nobody's event",
        ("UPDATE round_item SET held_back = 'taken_out' WHERE round = 'second'",),
    )
    yield (
        "a reader added by nobody's event",
        ("INSERT INTO round_person VALUES ('second', 'benoit', '')",),
    )
    yield "readings opened early", ("UPDATE round_item SET missing = 0 WHERE round = 'second'",)


MUTATIONS = list(mutations())


def test_there_are_enough_mutations_to_speak_of_a_battery() -> None:
    """At least 60, over at least ten tables."""
    assert len(MUTATIONS) >= 60


@pytest.mark.parametrize(("name", "statements"), MUTATIONS, ids=[name for name, _ in MUTATIONS])
def test_every_single_mutation_is_found(
    worked: Path, tmp_path: Path, name: str, statements: tuple[str, ...]
) -> None:
    """With the triggers dropped and the foreign keys off, as somebody with the file can do."""
    bench = tampered(worked, tmp_path, *statements)
    try:
        assert not bench.browsing.verify(OPERATOR).intact, name
    finally:
        bench.close()


def head_of(path: Path) -> ChainHead:
    """Return the newest link of a study."""
    bench = open_workbench(f"sqlite:///{path}", str(path.parent / "images"))
    head = bench.browsing.head(OPERATOR)
    bench.close()
    return head


def test_a_truncated_chain_is_found_by_whoever_kept_a_head(worked: Path, tmp_path: Path) -> None:
    """Cut off with the row its last link proves, only the head kept elsewhere can tell."""
    head = head_of(worked)
    cut = f"DELETE FROM event WHERE seq = {head.seq}"
    row = "DELETE FROM first_reading"
    bench = tampered(worked, tmp_path, cut, row)
    assert bench.browsing.verify(OPERATOR).intact
    assert not bench.browsing.verify(OPERATOR, head).intact
    bench.close()


def test_a_head_that_was_kept_is_found_in_the_chain_that_grew_from_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """Old heads stay valid; an invented one does not."""
    head = bench.browsing.head(OPERATOR)
    work_through(bench, tmp_path / "in")
    assert bench.browsing.verify(OPERATOR, head).intact
    assert bench.browsing.verify(OPERATOR, ChainHead(seq=0, hash="0" * 64)).intact
    for wrong in (ChainHead(seq=head.seq, hash="f" * 64), ChainHead(seq=10**6, hash=head.hash)):
        assert not bench.browsing.verify(OPERATOR, wrong).intact


def test_what_happens_while_the_chain_is_verified_is_no_finding(
    bench: Workbench, tmp_path: Path
) -> None:
    """Readers go on; ten verifications beside them find nothing."""
    lines = [item_line(f"{n:03}", case=f"case-{n}", images=[]) for n in range(40)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    reader = threading.Thread(target=read_all, args=(bench, "amara"))
    reader.start()
    found: list[str] = []
    while reader.is_alive():
        found.extend(bench.browsing.verify(OPERATOR).problems)
    reader.join()
    assert found == []


def refused(database: Database, statement: str) -> bool:
    """Tell whether raw SQL is refused as a change of what was stored."""
    with pytest.raises(DatabaseError, match="never changed"), database.transaction() as t:
        t.execute(text(statement))
    return True


NOT_FILLED = ("mask",)
FILLED = [table for table in APPEND_ONLY if table not in NOT_FILLED]


def test_raw_sql_can_neither_change_nor_delete_a_record(bench: Workbench, tmp_path: Path) -> None:
    """UPDATE and DELETE on every table of records; on PostgreSQL TRUNCATE too."""
    work_through(bench, tmp_path / "in")
    for table in FILLED:
        column = COLUMNS[table][0] if table in COLUMNS else None
        first = column or "sha256" if table == "image" else column or "item_id"
        first = "case_id" if table == "case" else first
        assert refused(bench.database, f'UPDATE "{table}" SET "{first}" = "{first}"')
        assert refused(bench.database, f'DELETE FROM "{table}"')
    assert refused(bench.database, "DELETE FROM payload")
    assert refused(bench.database, "UPDATE payload SET body = '{}'")
    if not bench.database.is_sqlite:
        for table in (*APPEND_ONLY, "payload"):
            assert refused(bench.database, f'TRUNCATE "{table}" CASCADE')
    assert bench.browsing.verify(OPERATOR).intact


def rows_of(database: Database, table: str) -> list[tuple[Any, ...]]:
    """Return all rows of a table."""
    with database.reading() as t:
        return [tuple(row) for row in t.execute(text(f'SELECT * FROM "{table}"'))]


def test_insert_or_replace_is_no_way_round(bench: Workbench, tmp_path: Path) -> None:
    """Not by the primary key, not by another unique key, not by the row number."""
    if not bench.database.is_sqlite:
        pytest.skip("INSERT OR REPLACE is SQLite's own")
    work_through(bench, tmp_path / "in")
    ways: dict[str, Callable[[str], str]] = {
        table: lambda table: f'INSERT OR REPLACE INTO "{table}" SELECT * FROM "{table}" LIMIT 1'
        for table in (*FILLED, "payload")
    }
    for table, statement in ways.items():
        before = rows_of(bench.database, table)
        assert refused(bench.database, statement(table))
        assert rows_of(bench.database, table) == before
    review = (
        "review_id, round, item_id, item_version, rubric_version, guideline, person, revision, number, "  # noqa: E501
        "payload_sha256, opened_at, submitted_at, seconds_active, after_exposure, extra, idempotency_key"  # noqa: E501
    )
    same_key = review.replace("review_id,", "'another',").replace("revision,", "77,")
    assert refused(
        bench.database,
        f"INSERT OR REPLACE INTO review ({review}) SELECT {same_key} FROM review LIMIT 1",
    )
    graded = (
        "grade_id, grading_set, model, item_id, criterion_id, criterion_sha256, "
        "prediction_sha256, person, revision, number, value, blind, payload_sha256, at, "
        "idempotency_key"
    )
    for other in ("revision", "idempotency_key"):
        column = "77" if other == "revision" else "'another'"
        values = graded.replace("grade_id", "'another'").replace(other, column)
        assert refused(
            bench.database,
            f"INSERT OR REPLACE INTO human_grade ({graded}) SELECT {values} FROM human_grade "
            "LIMIT 1",
        )
    fresh = same_key.replace("idempotency_key", "'another'")
    by_row = (
        f"INSERT OR REPLACE INTO review (rowid, {review}) SELECT rowid, {fresh} FROM review LIMIT 1"
    )
    assert refused(bench.database, by_row)
    assert bench.browsing.verify(OPERATOR).intact


def test_writers_side_by_side_make_one_chain(bench: Workbench) -> None:
    """Twelve threads, 120 links: no gap, no fork, no link lost."""
    before = bench.browsing.head(OPERATOR).seq

    def append(number: int) -> None:
        for n in range(10):
            with bench.database.transaction() as t:
                events.append(
                    t, "tested", f"writer-{number}", f"thing:{n}", "0" * 64, bench.clock()
                )

    threads = [threading.Thread(target=append, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = bench.browsing.verify(OPERATOR)
    assert (report.events - before, report.problems) == (120, ())


@pytest.mark.slow
def test_a_large_chain_is_verified_fast(bench: Workbench) -> None:
    """Fifty thousand links; the target of 10,000 a second leaves room for a busy machine."""
    proofs = [("tested", "lena", f"thing:{n}", "0" * 64) for n in range(50_000)]
    with bench.database.transaction() as t:
        events.append_all(t, proofs, bench.clock())
    started = time.perf_counter()
    report = bench.browsing.verify(OPERATOR)
    rate = report.events / (time.perf_counter() - started)
    print(f"{rate:,.0f} events/s")
    assert report.intact
    assert rate > 10_000
