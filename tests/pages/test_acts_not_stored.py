"""What the database does not take is not said to be stored, and is taken when it is sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import BaseModel
from sqlalchemy import text

from src.domain.errors import BadInputError, DatabaseError
from src.domain.human_grade import Word
from src.domain.people import OPERATOR
from src.domain.review import Verdict
from src.services.adjudicating import Adjudicating
from src.services.workbench import Workbench
from src.ui import notices
from src.ui.doing import STORED, Doing
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import component, message, open_page, send, send_state, serve
from tests.services.test_grading import AMARA, make_set
from tests.services.test_grading import study as graded_study

ITEM = "test/diagnosis/001"
WAITS = "Not stored yet. The database is busy."


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the app find a database busy after one second, not after ten."""
    monkeypatch.setattr("db.database.BUSY_SECONDS", 1)


@pytest.fixture
def study(
    bench: Workbench, impatient: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Workbench:
    """Give a study of one item that two people are to read."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench)
    serve(bench, monkeypatch, tmp_path)
    return bench


@contextmanager
def busy(study: Workbench) -> Iterator[None]:
    """Let somebody else write for as long as the block lasts."""
    with study.database.transaction() as t:
        t.execute(text("SELECT 1"))
        yield


def test_a_note_of_a_grader_waits_for_a_busy_database(
    bench: Workbench, impatient: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its number is not named as applied; sent once more it is stored, and that is said."""
    graded_study(bench, tmp_path, number=1, judges=("judge-a",))
    make_set(bench)
    serve(bench, monkeypatch, tmp_path)
    page = open_page("grade", "amara")
    note, grade = (5, "note", "k1", "The dose is unsafe."), (6, "grade", "k1", "1")
    with busy(bench):
        send(page, "grading", note, grade)
    assert component(page, "grading")["seen"] == 0
    assert message(page)[1].startswith(WAITS)
    task = bench.grading.next_answer(AMARA, "first")
    assert task is not None
    assert task.body.words == {}
    send(page, "grading", note, grade)
    assert component(page, "grading")["seen"] == 6
    assert message(page) == ("done", STORED)
    stored = bench.grading.task(AMARA, "first", task.position).body.words
    assert stored == {"k1": Word(value=1.0, note="The dose is unsafe.")}


def test_a_ruling_is_never_stored_without_the_words_that_were_sent_before_it(
    study: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rationale and Settle go in one list: where the first cannot be stored, both wait."""
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.PARTLY_SUPPORTED)
    page = open_page("adjudicate", "chen", item=ITEM, round="first")
    say = [
        (1, "choose", "chosen claim:c1", "A"),
        (2, "choose", "reason claim:c1", "reader_slip"),
        (3, "choose", "confidence claim:c1", "high"),
    ]
    send(page, "rulings", *say)
    rationale = (4, "text", "rationale claim:c1", ["", "The biopsy shows it."])
    settle = (5, "settle", "claim:c1", None)
    with busy_once(monkeypatch):
        send(page, "rulings", rationale, settle)
    assert component(page, "rulings")["seen"] == 3
    assert [d.unit for d in study.adjudicating.disputes(actor("chen"))] == ["claim:c1"]
    send(page, "rulings", rationale, settle)
    assert component(page, "rulings")["seen"] == 5
    [ruled] = study.adjudicating.case(actor("chen"), "first", ITEM).ruled
    assert ruled.unit == "claim:c1"
    earlier = study.adjudicating.case(actor("chen"), "first", ITEM).earlier["claim:c1"]
    assert earlier.rationale == "The biopsy shows it."


@contextmanager
def busy_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the first writing of a draft find the database busy, and all after it find it free."""
    keep, times = Adjudicating.keep_draft, []

    def kept(*given: object) -> None:
        times.append(1)
        if len(times) == 1:
            raise DatabaseError("The database is busy.")
        keep(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Adjudicating, "keep_draft", kept)
        yield


@pytest.mark.parametrize("part", ["claims", "comment", "images"])
def test_what_a_reader_says_waits_for_a_busy_database(study: Workbench, part: str) -> None:
    """Choices, texts and marks on images travel in three ways; each is held back alike."""
    page = open_page("review", "amara", round="first")
    [image, *_] = component(page, "images")["images"]

    def say(n: int) -> None:
        if part == "claims":
            send(page, part, (n, "verdict", "c1", "supported"))
        elif part == "comment":
            send_state(page, part, "typed", n=n, text="Ask a cardiologist.")
        else:
            chosen = {"c1": [image["sha256"]]}
            send_state(page, part, "reading", n=n, boxes=[], chosen=chosen, viewed=[])

    with busy(study):
        say(7)
    assert component(page, part)["seen"] == 0
    assert message(page)[1].startswith(WAITS)
    assert study.reviewing.task(actor("amara"), "first", ITEM).draft.version == 0
    say(8)
    assert component(page, part)["seen"] == 8
    assert message(page) == ("done", STORED)
    body = study.reviewing.task(actor("amara"), "first", ITEM).draft.body
    assert body.comment == "Ask a cardiologist." or len(body.claims) == 1


class Said(BaseModel, frozen=True):
    """Something a browser sent."""

    n: int


def rule() -> None:
    """Refuse as a service does."""
    raise BadInputError("A rule refuses this.")


def shape() -> None:
    """Refuse as a value does that cannot be made of what was sent."""
    Said.model_validate({"n": "ten"})


@pytest.mark.parametrize("refuse", [rule, shape])
def test_what_a_rule_refuses_is_said_once_and_passed_over(
    refuse: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be refused for ever; what comes after it does not wait for it."""
    told: list[str] = []
    monkeypatch.setattr(notices, "tell", lambda text, kind="done": told.append(kind))
    done: list[int] = []

    def do(one: Said) -> None:
        if one.n == 2:
            refuse()
        done.append(one.n)

    doing = Doing()
    doing.go_through([Said(n=1), Said(n=2), Said(n=3)], do)
    assert (doing.applied, done, told) == (3, [1, 3], ["refused"])


def test_an_unknown_fault_stops_before_what_comes_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is taken for done that may not be; the way on is to send it again."""
    told: list[str] = []
    monkeypatch.setattr(notices, "tell", lambda text, kind="done": told.append(kind))
    done: list[int] = []
    faults = [RuntimeError("a bug")]

    def do(one: Said) -> None:
        if one.n == 2 and faults:
            raise faults.pop()
        done.append(one.n)

    doing, sent = Doing(), [Said(n=1), Said(n=2), Said(n=3)]
    doing.go_through(sent, do)
    assert (doing.applied, done, told) == (1, [1], ["fault"])
    doing.go_through(sent[1:], do)
    assert (doing.applied, done) == (3, [1, 2, 3])
