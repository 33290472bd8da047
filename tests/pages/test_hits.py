"""Hits of the scan on the review screen: what is shown of them, and what a reader says of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from db import hits as kept
from src.domain.evidence import ImageBox
from src.domain.leakage import (
    DismissReason,
    Hit,
    HitDismissal,
    Layer,
    LeakKind,
    LeakPlace,
    Method,
)
from src.domain.people import OPERATOR
from src.domain.review import Check, CheckAnswer, ReviewBody
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, write_items
from tests.pages.screens import act, component, message, open_page, serve, words

ONE = "test/diagnosis/001"
CONTEXT = (
    "Biopsy: Erdheim-Chester disease. A letter repeats Erdheim-Chester disease. "
    "No sign of ECD was seen before."
)
PLANTED = ("Xerdheimx", "hidden-name", "polyostoticX")
TABLE = (
    "orpha_code\tpreferred_term\tsynonyms\tparents\n"
    "35687\tErdheim-Chester disease\tPolyostotic histiocytosis\t\n"
)


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of one item that is named twice in its text, once ruled out, and in a file."""
    images = [{"path": f"scan-{n}.png", "caption": f"Image {n}"} for n in (1, 2)]
    images[1]["name"] = "erdheim-chester_ct.png"
    line = item_line("001", context=CONTEXT, images=images)
    report = bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [line]))
    assert report.accepted, report.problems
    bench.scanning.scan_new(OPERATOR)
    serve(bench, monkeypatch, tmp_path)
    return bench


@pytest.fixture
def page(study: Workbench) -> AppTest:
    """Open the item as amara."""
    open_round(study)
    return open_page("review", "amara", round="first")


def draft(study: Workbench) -> ReviewBody:
    return study.reviewing.task(actor("amara"), "first", ONE).draft.body


def cards(page: AppTest) -> list[dict[str, Any]]:
    """Return the hits as the screen was given them."""
    found: list[dict[str, Any]] = component(page, "leaks")["hits"]
    return found


def card(page: AppTest, where: str, number: int = 0) -> dict[str, Any]:
    return [one for one in cards(page) if one["where"] == where][number]


def say(page: AppTest, hit: dict[str, Any], value: str | None) -> None:
    act(page, "leaks", "hit", hit["hit_id"], value)


def plant(study: Workbench, *found: Hit) -> None:
    """Let the scan of the item have found these instead."""
    with study.database.transaction() as t:
        record = kept.scans_of(t, [(ONE, 1)])[ONE, 1]
        kept.replace(t, {(ONE, 1): (record, found)})


def planted(hit_id: str, **changes: Any) -> Hit:
    """Return a hit on words that stand nowhere else on the screen."""
    given = {
        "layer": Layer.NAMES,
        "field": "file_name:1",
        "start": 0,
        "end": 9,
        "image": 1,
        "quote": PLANTED[0],
        "alias": PLANTED[2],
        "method": Method.EXACT,
        "score": 1,
        "rule": "answer_name",
    }
    return Hit.model_validate({"hit_id": hit_id * 16, **given, **changes})


def test_each_hit_says_what_was_found_where_and_why(page: AppTest) -> None:
    first, second = (card(page, "Case text", n) for n in (0, 1))
    assert (first["before"], first["quote"]) == ("Biopsy: ", "Erdheim-Chester disease")
    assert first["after"].startswith(". A letter repeats")
    assert first["why"] == [
        "It says “Erdheim-Chester disease”, letter by letter.",
        "The answer stands there to be read.",
    ]
    assert CONTEXT[first["start"] : first["end"]] == first["quote"]
    assert (first["says"], first["low"]) == ("", False)
    assert first["start"] < second["start"]


def test_how_a_confirmed_hit_gives_the_answer_away_can_be_put_right(
    page: AppTest, study: Workbench
) -> None:
    """The kind stays when the severity changes; of a hit that is not confirmed there is none."""
    hit = card(page, "Case text")
    act(page, "leaks", "hit-kind", hit["hit_id"], "give_away_phrase")
    assert draft(study).flags == ()
    say(page, hit, "high")
    assert draft(study).flags[0].kind is LeakKind.ANSWER_IN_TEXT
    act(page, "leaks", "hit-kind", hit["hit_id"], "give_away_phrase")
    say(page, hit, "low")
    (flag,) = draft(study).flags
    assert (flag.kind, flag.severity) == (LeakKind.GIVE_AWAY_PHRASE, "low")
    assert (flag.hit_id, card(page, "Case text")["kind"]) == (hit["hit_id"], "give_away_phrase")


def test_a_hit_in_an_image_stands_in_the_line_it_was_read_in(study: Workbench) -> None:
    """With the words before and after it."""
    image = study.browsing.item(OPERATOR, ONE).item.content.images[1]
    box = ImageBox(sha256=image.sha256, x=3, y=4, width=20, height=10)
    given = {"layer": Layer.IMAGE_TEXT, "field": None, "image": 2, "box": box}
    plant(study, planted("a", before="Biopsy: ", after=", femur", **given))
    open_round(study)
    page = open_page("review", "amara", round="first")
    (shown,) = cards(page)
    assert (shown["before"], shown["after"]) == ("Biopsy: ", ", femur")


def test_mentions_of_low_rank_come_last_and_say_why_they_are(page: AppTest) -> None:
    ranks = [one["low"] for one in cards(page)]
    assert ranks == sorted(ranks)
    [low] = [one for one in cards(page) if one["low"]]
    assert (low["quote"], low["why"][-1]) == ("ECD", "It is negated there.")


def test_where_there_is_an_orphanet_file_the_preferred_term_stands_with_the_code(
    study: Workbench, tmp_path: Path
) -> None:
    table = tmp_path / "orphanet.tsv"
    table.write_text(TABLE, encoding="utf-8")
    study.ontologies.store_file(OPERATOR, table)
    study.scanning.scan(OPERATOR)
    open_round(study)
    page = open_page("review", "amara", round="first")
    assert "ORPHA:35687 Erdheim-Chester disease, letter" in card(page, "Case text")["why"][0]


def test_hits_are_marked_in_the_text_and_on_the_image(study: Workbench) -> None:
    image = study.browsing.item(OPERATOR, ONE).item.content.images[1]
    box = ImageBox(sha256=image.sha256, x=3, y=4, width=20, height=10)
    burned = planted("a", layer=Layer.IMAGE_TEXT, field=None, image=2, box=box)
    inside = planted("b", layer=Layer.TEXT, field="caption:2", start=0, end=5, image=2)
    plant(study, burned, inside)
    open_round(study)
    page = open_page("review", "amara", round="first")
    [mark] = component(page, "images")["hits"]
    assert (mark["sha256"], mark["x"], mark["width"]) == (image.sha256, 3, 20)
    [words_marked] = component(page, "captions")["hits"]
    assert (words_marked["field"], words_marked["hit_id"]) == ("caption:2", "b" * 16)
    assert component(page, "case")["hits"] == []


def test_a_hit_is_confirmed_with_a_severity_and_becomes_a_flag(
    page: AppTest, study: Workbench
) -> None:
    hit = card(page, "Case text")
    say(page, hit, "high")
    [flag] = draft(study).flags
    assert (flag.kind, flag.severity, flag.hit_id) == (
        LeakKind.ANSWER_IN_TEXT,
        "high",
        hit["hit_id"],
    )
    assert flag.place.span is not None
    assert (flag.place.span.start, flag.place.span.quote) == (hit["start"], hit["quote"])
    assert card(page, "Case text")["says"] == "high"
    assert component(page, "leaks")["cards"] == []
    say(page, hit, "low")
    assert [flag.severity for flag in draft(study).flags] == ["low"]


def test_two_hits_in_one_field_are_confirmed_each_on_its_own(
    page: AppTest, study: Workbench
) -> None:
    for number, severity in enumerate(("high", "low")):
        say(page, card(page, "Case text", number), severity)
    assert [flag.severity for flag in draft(study).flags] == ["high", "low"]
    assert [card(page, "Case text", n)["says"] for n in (0, 1)] == ["high", "low"]


def test_a_hit_is_dismissed_with_a_reason_then_confirmed_then_undecided(
    page: AppTest, study: Workbench
) -> None:
    hit = card(page, "Case text")
    for reason in DismissReason:
        say(page, hit, reason)
        assert draft(study).dismissed == (HitDismissal(hit_id=hit["hit_id"], reason=reason),)
    say(page, hit, "low")
    assert (len(draft(study).flags), draft(study).dismissed) == (1, ())
    say(page, hit, None)
    assert draft(study) == ReviewBody()
    assert card(page, "Case text")["says"] == ""


def test_what_was_said_of_a_hit_is_taken_back_like_any_other_step(
    page: AppTest, study: Workbench
) -> None:
    hit = card(page, "Case text")
    say(page, hit, "high")
    say(page, hit, DismissReason.TOO_GENERAL)
    act(page, "bar", "undo", "1")
    assert ([f.severity for f in draft(study).flags], draft(study).dismissed) == (["high"], ())
    assert component(page, "bar")["saved"] == "Taken back: leaks"
    act(page, "bar", "undo", "2")
    assert draft(study) == ReviewBody()
    assert card(page, "Case text")["says"] == ""
    act(page, "bar", "redo", "3")
    assert card(page, "Case text")["says"] == "high"


def test_a_note_belongs_to_what_is_said_and_goes_along_when_that_changes(
    page: AppTest, study: Workbench
) -> None:
    hit = card(page, "Case text")
    act(page, "leaks", "hit-note", hit["hit_id"], "Nothing is said yet.")
    assert draft(study) == ReviewBody()
    say(page, hit, "low")
    act(page, "leaks", "hit-note", hit["hit_id"], "Only for who knows it.")
    say(page, hit, DismissReason.RULED_OUT_THERE)
    [said] = draft(study).dismissed
    assert said.note == card(page, "Case text")["note"] == "Only for who knows it."
    act(page, "leaks", "hit-note", hit["hit_id"], "Ruled out.")
    assert draft(study).dismissed[0].note == "Ruled out."


def test_a_hit_in_a_files_name_is_confirmed_by_name(page: AppTest, study: Workbench) -> None:
    hit = card(page, "File name of image 2")
    assert "erdheim-chester" in "".join((hit["before"], hit["quote"], hit["after"]))
    assert hit["field"] is None and hit["sha256"]
    say(page, hit, "high")
    [flag] = draft(study).flags
    assert (flag.kind, flag.place) == (
        LeakKind.ANSWER_IN_FILE_NAME,
        LeakPlace(field="file_name:2"),
    )


def test_a_reader_names_a_file_as_the_place_of_a_leak(page: AppTest, study: Workbench) -> None:
    places = {one["value"]: one["word"] for one in component(page, "leaks")["places"]}
    assert places["file_name:2"] == "File name of image 2: erdheim-chester_ct.png"
    act(page, "leaks", "add", "file_name:2")
    [flag] = draft(study).flags
    assert (flag.unit, flag.hit_id) == ("flag:answer_in_file_name:file_name:2", "")
    assert card(page, "File name of image 2")["says"] == "flagged"
    say(page, card(page, "File name of image 2"), "low")
    [flag] = draft(study).flags
    assert (flag.severity, flag.hit_id) == ("low", card(page, "File name of image 2")["hit_id"])


def test_a_hit_nobody_found_and_a_word_nobody_offers_are_refused(
    page: AppTest, study: Workbench
) -> None:
    act(page, "leaks", "hit", "f" * 16, "high")
    assert message(page)[0] == "refused"
    say(page, card(page, "Case text"), "perhaps")
    assert "nothing that can be said of a hit" in message(page)[1]
    assert draft(study) == ReviewBody()


def test_undecided_hits_of_high_rank_are_pointed_out_and_never_block(
    page: AppTest, study: Workbench
) -> None:
    high = [one for one in cards(page) if not one["low"]]
    place = next(one for one in component(page, "decide")["doubts"] if one["part"] == "leaks")
    assert place["words"] == f"{len(high)} places the scan found are not decided."
    assert not [one for one in component(page, "decide")["missing"] if one["part"] == "leaks"]
    for hit in high:
        say(page, hit, DismissReason.NEEDED_BY_QUESTION)
    assert not [one for one in component(page, "decide")["doubts"] if one["part"] == "leaks"]
    item = study.browsing.item(OPERATOR, ONE).item
    receipt = study.reviewing.submit(
        actor("benoit"),
        "first",
        study.reviewing.next_item(actor("benoit"), "first").item.item_id,  # type: ignore[union-attr]
        full_reading(item),
        item_version=1,
        idempotency_key="benoit",
    )
    assert receipt.number == 1


def test_before_a_first_reading_nothing_about_hits_reaches_the_browser(study: Workbench) -> None:
    """Marks planted in what the scan found, and its ids, occur nowhere until it is given."""
    image = study.browsing.item(OPERATOR, ONE).item.content.images[0]
    box = ImageBox(sha256=image.sha256, x=77, y=66, width=5, height=4)
    plant(
        study,
        planted("a"),
        planted("b", field="metadata:1", quote=PLANTED[1]),
        planted("c", layer=Layer.TEXT, field="context", quote=CONTEXT[8:17], start=8, end=17),
        planted("d", layer=Layer.IMAGE_TEXT, field=None, box=box),
    )
    open_round(study, read_first=True)
    page = open_page("review", "amara", round="first")
    said = words(page)
    for mark in (*PLANTED, *("abcd"[n] * 16 for n in range(4)), "Found by the scan", "scan found"):
        assert mark not in said
    assert component(page, "images")["hits"] == component(page, "case")["hits"] == []

    act(page, "first", "commit", "", "Sclerosis of both femora")
    assert [one["hit_id"] for one in cards(page)]
    assert len(component(page, "images")["hits"]) == len(component(page, "case")["hits"]) == 1
    assert all(mark in words(page) for mark in PLANTED)


@contextmanager
def asked(study: Workbench) -> Iterator[list[str]]:
    """Collect what a piece of work asks of the database."""
    found: list[str] = []

    def note(*call: Any) -> None:
        found.append(str(call[2]))

    event.listen(study.database.engine, "before_cursor_execute", note)
    yield found
    event.remove(study.database.engine, "before_cursor_execute", note)


def test_hits_are_asked_for_once_and_a_word_on_one_costs_no_more_than_a_check(
    page: AppTest, study: Workbench
) -> None:
    act(page, "checks", "choose", Check.UNSAFE, CheckAnswer.NO)
    with asked(study) as of_a_check:
        act(page, "checks", "choose", Check.UNSAFE, CheckAnswer.YES)
    with asked(study) as of_a_hit:
        say(page, card(page, "Case text"), "high")
    assert len(of_a_hit) == len(of_a_check)
    assert not [said for said in of_a_check + of_a_hit if "FROM hit" in said]
