"""The report of a leaderboard: what it gathers, from a study worked out by hand."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from src.domain.item import Track
from src.domain.prediction import Model
from src.files.score_report import board_csv, board_html
from src.services.board_report import Asked
from src.services.workbench import Workbench
from tests.builders import actor, open_round, read_all
from tests.services.test_grading import grade_all, make_set
from tests.services.test_grading import study as judged_study
from tests.services.test_scoring import EMIL, answer, edit, graded, release_after, store, treatment


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give two models' answers to two items, and a release in which one criterion is deleted."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    answer(bench, tmp_path, [graded("001", 1, 0, 1, 1), graded("002", 1, 1, 1, 0)], "gpt-4o")
    answer(bench, tmp_path, [graded("001", 0, 0, 1, 0), graded("002", 1, 0, 1, 0)], "meditron")
    release_after(bench, criteria=(edit("k4", "delete"),))
    return bench


def test_a_report_holds_all_that_the_screen_says(study: Workbench) -> None:
    """Orders, causes and groups; no graders and no judge card, for nobody graded."""
    report = study.board_reports.report(EMIL, Asked(generator="gpt-5"), {"treatment": "Treatment"})

    assert [section.title for section in report.sections] == [
        "Order of the models",
        "One reader left out",
        "What changed, and why",
        "Treatment: general and medical models",
        "Treatment: number of images",
        "Treatment: modality",
        "Treatment: group of diseases",
    ]
    assert [words.partition(":")[0] for words in report.warnings] == ["Of one family, GPT"]
    assert [(pair.basis, pair.n) for pair in report.comparisons] == [("gold", 2)]
    page = board_html(report).decode()
    assert "<h2>What changed, and why</h2>" in page
    groups = [row for s in report.sections if s.title.startswith("Treatment:") for row in s.rows]
    assert groups
    assert all(row["Score"].endswith("): too few to say") for row in groups)
    assert "0.88, n = 2: too few to say</td><td>0.88, n = 2: too few to say</td>" in page
    (order,) = [s.rows for s in report.sections if s.title == "Order of the models"]
    assert [row["tau-b"] for row in order] == ["1.00: too few to say"]
    (pair,) = report.comparisons
    assert f"<td>{pair.p_better:.2f}: too few to say</td><td>2</td>" in page
    assert "<td>medical</td>" in page


def test_a_report_says_which_models_are_invented(study: Workbench, tmp_path: Path) -> None:
    """As the screen does: the page may go to people who never saw the study."""
    study.predicting.add_model(EMIL, Model(name="b", display_name="Model B (invented)"))
    answer(study, tmp_path, [graded("001", 1, 0, 1, 1)], "b")

    page = board_html(study.board_reports.report(EMIL)).decode()

    assert "Model B (invented): invented, with answers written for this study." in page


def test_causes_add_up_to_the_difference(study: Workbench) -> None:
    """The deleted error criterion gives the first answer of gpt-4o its point back: 0.5 to 0.75."""
    report = study.board_reports.report(EMIL)
    (causes,) = [s for s in report.sections if s.title == "What changed, and why"]
    assert causes.rows[0] == {
        "Track": "treatment",
        "Model": "gpt-4o",
        "As imported": "0.75",
        "As gold": "0.88",
        "By cause": "rubric edit +0.125 (1 item)",
    }
    assert causes.rows[1]["By cause"] == "nothing that counts here"


def test_one_reader_left_out_stands_in_page_and_table(study: Workbench) -> None:
    """Without Amara, alone, all is as imported; the page calls her Reader 1 to the lead as well."""
    report = study.board_reports.report(actor("lena"))

    (section,) = [s for s in report.sections if s.title == "One reader left out"]
    assert section.rows[0] == {
        "Track": "treatment",
        "Model": "gpt-4o",
        "Gold": "0.875, n = 2",
        "Without any one reader": "0.750 to 0.750 (outside)",
        "Readers": "1",
        "Moved most": "0.750 without Reader 1, n = 2",
        "Items otherwise": "2, 2 of them as imported",
        "Rank": "1",
        "Rank without any one": "1 to 1",
        "Left unscored, at most": "0",
    }
    assert "the score itself lies outside" in section.lines[1]
    assert "Amara" not in board_html(report).decode()
    table = csv.DictReader(io.StringIO(board_csv(report.sides, {}, report.one_out).decode()))
    assert [
        (r["basis"], r["one_out_of"], r["one_out_low"]) for r in table if r["model"] == "gpt-4o"
    ] == [("import", "", ""), ("gold", "1", "0.75"), ("corrected", "", ""), ("reviewed", "", "")]
    assert study.board_reports.one_out(EMIL) == report.one_out


def test_before_any_release_it_has_no_orders_and_no_causes(
    bench: Workbench, tmp_path: Path
) -> None:
    """What was imported is grouped all the same."""
    store(bench, tmp_path, [treatment("001")])
    answer(bench, tmp_path, [graded("001", 1, 1, 1, 0)])
    titles = [section.title for section in bench.board_reports.report(EMIL).sections]
    assert titles[0] == "Treatment: general and medical models"


def test_judge_cards_stand_in_the_report_with_their_alarms(
    bench: Workbench, tmp_path: Path
) -> None:
    """A card and its confusion for each judge; what must not be overlooked stands first."""
    judged_study(bench, tmp_path, judges=("judge-a",))
    make_set(bench)
    grade_all(bench, "amara")
    (card,) = bench.judge_cards.cards(EMIL)

    found = bench.board_reports.report(EMIL, tracks={"diagnosis": "Diagnosis"}).sections

    told, confusion = found[-2:]
    assert told.title == "Judge card: judge-a"
    assert told.lines[0].startswith("Against 1 person who graded blind")
    assert told.warnings == tuple(alarm.text for alarm in card.alarms)
    assert [row["Criteria"] for row in told.rows] == [str(line.graded) for line in card.lines]
    assert "Track: Diagnosis" in [row["Of"] for row in told.rows]
    assert confusion.rows[0]["Both: met"] == str(card.lines[0].both_met)


def test_where_all_hangs_on_one_grader_the_report_says_that_nothing_is_left(
    bench: Workbench, tmp_path: Path
) -> None:
    """One person graded 24 answers: without them there is no number, and no interval of numbers."""
    numbers = [f"{n:03}" for n in range(1, 25)]
    store(bench, tmp_path, [treatment(n, f"case-{n}") for n in numbers])
    answer(bench, tmp_path, [graded(n, 1, 0, 1, 1) for n in numbers], "model-a")
    make_set(bench, graders=1, persons=("amara",))
    grade_all(bench, "amara")
    report = bench.board_reports.report(EMIL)
    (section,) = [s for s in report.sections if s.title == "One grader left out"]
    assert [row["Without any one grader"] for row in section.rows] == ["no number"]


def test_of_reviewed_items_pairs_and_groups_are_those_of_the_table(
    bench: Workbench, tmp_path: Path
) -> None:
    """Of 12 items 4 were drawn and read: pairs and groups rest on these; orders say they do not."""
    indexes = [f"{number:03}" for number in range(12)]
    store(bench, tmp_path, [treatment(i, f"case-{i}") for i in indexes])
    for model, third in (("gpt-4o", 1), ("meditron", 0)):
        answer(bench, tmp_path, [graded(i, 1, 1, third, 0) for i in indexes], model)
    open_round(bench, persons=("amara",), sample=4)
    read_all(bench, "amara")
    bench.releasing.release(actor("lena"))

    report = bench.board_reports.report(EMIL, Asked(reviewed_only=True))

    assert {(side.imported.n, side.gold.n if side.gold else 0) for side in report.sides} == {(4, 4)}
    assert [(pair.basis, pair.n) for pair in report.comparisons] == [("reviewed", 4)]
    groups = [s for s in report.sections if s.title.endswith("number of images")]
    assert {row["n"] for section in groups for row in section.rows} == {"4"}
    (orders,) = [s for s in report.sections if s.title == "Order of the models"]
    assert orders.lines[0].endswith("Of all items, not only those of the release.")
    imported = bench.breakdowns.groups(
        EMIL, Track.TREATMENT, "images", basis="import", only_release=True
    )
    assert {one.n for one in imported} == {4}
