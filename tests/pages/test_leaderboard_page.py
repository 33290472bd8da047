"""The leaderboard screen: scores with their n, and the items that moved them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from src.domain.item import Track
from src.domain.people import OPERATOR
from src.domain.prediction import Model
from src.domain.review import CriterionReading, EditReason
from src.services.workbench import Workbench
from src.ui.notices import plain
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import message, open_page, serve, words

SCOPES = ["Model", "All items", "Reviewed", "Reviewed minus excluded", "Excluded"]
RUBRIC = [
    {"key": "must_include-1", "text": "Starts *vemurafenib*", "points": 1.0},
    {"key": "must_include-2", "text": "Plans some follow-up", "points": 1.0},
]


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of two treatment items."""
    lines = [
        item_line(index, track="treatment", case=f"case-{index}", criteria=RUBRIC)
        for index in ("001", "002")
    ]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    serve(bench, monkeypatch, tmp_path)
    return bench


def answers_file(folder: Path, first: int, second: int) -> Path:
    """Write answers to both items; the first is graded as given, the second meets everything."""
    path = folder / "answers.jsonl"
    lines = [("001", (first, second)), ("002", (1, 1))]
    with path.open("w", encoding="utf-8") as out:
        for index, values in lines:
            grades = [
                {"criterion_id": f"k{n}", "value": value} for n, value in enumerate(values, start=1)
            ]
            line = {"index": index, "prediction": "An answer.", "grades": grades}
            out.write(json.dumps(line) + "\n")
    return path


def answer(study: Workbench, folder: Path) -> None:
    """Store the answers of an invented model: 1/2 and 2/2 as imported."""
    emil = actor("emil")
    study.predicting.add_model(emil, Model(name="a", display_name="Invented model A (general)"))
    path = answers_file(folder, 1, 0)
    assert study.predicting.store_file(emil, path, model="a", track=Track.TREATMENT).accepted


def release_without_k2(study: Workbench) -> None:
    """Delete the second criterion in gold: the first answer becomes 1/1."""
    open_round(study, persons=("amara",))
    delete = CriterionReading(criterion_id="k2", action="delete", reason=EditReason.TOO_VAGUE)
    read_all(study, "amara", criteria=(delete,))
    study.releasing.release(actor("lena"))


def two_models_and_releases(study: Workbench, folder: Path, first: int, second: int) -> None:
    """Store a second model's answers, graded so on the first item; freeze the same gold twice."""
    answer(study, folder)
    path = answers_file(folder, first, second)
    study.predicting.store_file(actor("emil"), path, model="b", track=Track.TREATMENT)
    release_without_k2(study)
    study.releasing.release(actor("lena"))


def fill(page: AppTest, path: Path, model: str) -> None:
    """Choose a file and a model in the form, and send it."""
    page.file_uploader[0].set_value((path.name, path.read_bytes(), "application/json"))
    page.text_input(key="answers-model").set_value(model)
    page.selectbox(key="answers-track").set_value(Track.TREATMENT)
    page.button[-1].click().run()
    assert not page.exception


def test_without_predictions_it_says_how_they_come(study: Workbench) -> None:
    """Nothing to show is a sentence and the form."""
    page = open_page("leaderboard", "emil")

    assert page.info[0].value.startswith("No predictions yet.")
    assert len(page.file_uploader) == 1


def test_before_any_release_imported_stands_alone(study: Workbench, tmp_path: Path) -> None:
    """A score carries its interval and its n, and an invented model is said to be invented."""
    answer(study, tmp_path)

    page = open_page("leaderboard", "lena")

    [line] = page.dataframe[0].value.to_dict("records")
    assert line["Imported"] == "0.75 (0.50 to 1.00), n = 2: too few to say"
    assert (line["Model"], line["Rank"], line["Gold"]) == ("Invented model A (general)", 1, "")
    assert "No release yet" in words(page)
    assert "invented, with answers written for this study" in words(page).replace("\\", "")


def test_gold_beside_imported_and_the_item_that_moved_it(study: Workbench, tmp_path: Path) -> None:
    """(1/2 + 1) / 2 = 0.75 becomes (1 + 1) / 2 = 1: +0.25 from one item, with its link."""
    answer(study, tmp_path)
    release_without_k2(study)

    page = open_page("leaderboard", "emil")

    [line] = page.dataframe[0].value.to_dict("records")
    assert line["Gold"] == "1.00 (1.00 to 1.00), n = 2: too few to say"
    assert line["Change"] == "+0.250"
    assert line["Reviewed minus excluded"] == "1.00, n = 2: too few to say"
    [scopes] = [
        frame.value.to_dict("records") for frame in page.dataframe if list(frame.value) == SCOPES
    ]
    assert [tuple(row.values()) for row in scopes] == [
        ("Invented model A (general)", *["1.00, n = 2: too few to say"] * 3, "")
    ]
    assert any("people's grades before the judge's" in c.value for c in page.caption)
    said = [text.value for text in page.text]
    assert "Invented model A (general): 0.75 as imported, 1.00 in gold: +0.25, from 1 item." in said
    assert "Criterion deleted: k2 Plans some follow-up" in said
    links = [mark.value for mark in page.markdown if "items?" in mark.value]
    assert links == ["[test/treatment/001](items?item=test%2Ftreatment%2F001&as=emil)"]


def test_a_chance_to_be_better_names_the_model_it_is_measured_against(
    study: Workbench, tmp_path: Path
) -> None:
    """Level as imported, Z before A in gold: Z has a chance, against A; the last has none."""
    emil = actor("emil")
    for name, grades in (("a", (0, 1)), ("z", (1, 0))):
        study.predicting.add_model(emil, Model(name=name, display_name=f"Model {name.upper()}"))
        path = answers_file(tmp_path, *grades)
        study.predicting.store_file(emil, path, model=name, track=Track.TREATMENT)
    release_without_k2(study)

    page = open_page("leaderboard", "emil")

    lines = page.dataframe[0].value.to_dict("records")
    assert [line["Model"] for line in lines] == ["Model Z", "Model A"]
    assert [line["Rank in gold"] for line in lines] == ["1", "2 (1 to 2)"]
    first, second = (line["Chance to be better"] for line in lines)
    assert second == ""
    chance, _, than = first.partition(", than ")
    assert 0.8 < float(chance) < 0.95
    assert than == "Model A, n = 2: too few to say"
    said = words(page).replace("\\", "")
    assert "Ranks that differ from imported: Model A 1 → 2: too few to say." in said
    [pair] = next(frame.value for frame in page.dataframe if "A minus B" in frame.value).to_dict(
        "records"
    )
    assert pair["A minus B"].endswith("): too few to say")
    assert pair["Chance that A is better"].endswith(": too few to say")


def test_ranks_pairs_and_the_order_of_another_release_follow_what_is_chosen(
    study: Workbench, tmp_path: Path
) -> None:
    """Model b leads as imported (1 to 0.75) and ties in gold; the chance says by what and on n."""
    two_models_and_releases(study, tmp_path, 1, 1)

    page = open_page("leaderboard", "emil")
    in_gold = page.dataframe[0].value.to_dict("records")
    page.button_group(key="basis").set_value("import").run()
    imported = page.dataframe[0].value.to_dict("records")
    page.selectbox(key="against").set_value(1).run()

    assert not page.exception
    assert list(in_gold[0])[2] == "Rank in gold"
    assert list(imported[0])[2] == "Rank"
    assert in_gold[0]["Chance to be better"] == "0.50, than b, n = 2: too few to say"
    assert [line["Rank in gold"] for line in in_gold] == ["1", "1"]
    assert [(line["Model"], line["Rank"]) for line in imported] == [
        ("b", 1),
        ("Invented model A (general)", 2),
    ]
    assert imported[1]["Chance to be better"] == ""
    tables = [frame.value for frame in page.dataframe]
    [pair] = next(t for t in tables if "A minus B" in t).to_dict("records")
    assert (pair["A"], pair["n"]) == ("Invented model A (general)", 2)
    said = words(page).replace("\\", "")
    assert "Ranks that differ from imported" not in said
    assert "As imported, on the n items both models have a score on." in said


def test_each_order_names_the_items_it_is_told_of(study: Workbench, tmp_path: Path) -> None:
    """Of reviewed items alone the releases rest on these, imported and gold on all as ever."""
    two_models_and_releases(study, tmp_path, 0, 0)

    page = open_page("leaderboard", "emil")
    page.selectbox(key="against").set_value(1).run()
    by_gold = words(page).replace("\\", "")
    page.toggle(key="only").set_value(True).run()
    page.button_group(key="basis").set_value("reviewed").run()
    by_reviewed = words(page).replace("\\", "")

    assert not page.exception
    assert "release 1 to release 2, as gold on all items: Kendall's tau-b" in by_gold
    assert "import to gold, on all items: Kendall's tau-b" in by_reviewed
    assert "release 1 to release 2, on the items of each release only: Kendall" in by_reviewed


def test_each_reader_is_left_out_at_a_click(study: Workbench, tmp_path: Path) -> None:
    """Amara alone read: without her the score is as imported; an evaluator sees no name of hers."""
    answer(study, tmp_path)
    release_without_k2(study)
    page = open_page("leaderboard", "emil")
    page.button(key="left-out-begin").click().run()
    for _ in range(100):
        if not any(b.key == "left-out-stop" for b in page.button):
            break
        time.sleep(0.1)
        page.run()

    assert not page.exception
    tables = [frame.value for frame in page.dataframe]
    [line] = next(t for t in tables if "Moved most" in t).to_dict("records")
    assert (line["Gold"], line["Without any one reader"]) == (
        "1.000, n = 2",
        "0.750 to 0.750 (outside)",
    )
    assert line["Moved most"] == "0.750 without Reader 1, n = 2"
    assert line["Items otherwise"] == "2, 2 as imported"
    said = words(page).replace("\\", "")
    assert "No grader is left out" in said
    assert "the score itself lies outside" in said
    assert "Amara" not in said


def test_the_published_measures_are_one_click_away(study: Workbench, tmp_path: Path) -> None:
    """The other mode shows the published measure and says that its faults are kept."""
    answer(study, tmp_path)
    page = open_page("leaderboard", "emil")

    page.button_group(key="mode").set_value("compatible").run()

    assert not page.exception
    table = page.dataframe[0].value
    assert table["Measure"].tolist() == ["substring_match"]
    assert not {"Corrected by people", "Rank corrected"} & set(table)
    assert any("VLMEvalKit" in caption.value for caption in page.caption)


def test_whose_replies_count_is_said_and_can_be_chosen(study: Workbench, tmp_path: Path) -> None:
    """By itself the judge with more replies; the table names the one that is chosen."""
    for judge, indexes, reply in (("judge-a", ("001", "002"), "YES"), ("judge-b", ("001",), "NO")):
        path = tmp_path / "replies.jsonl"
        lines = [
            {"index": i, "prediction": "P", "judge": judge, "judge_reply": reply} for i in indexes
        ]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        study.predicting.store_file(actor("emil"), path, model="a", track=Track.TREATMENT)
    page = open_page("leaderboard", "emil")
    page.button_group(key="mode").set_value("compatible").run()

    def judges() -> set[str | None]:
        table = page.dataframe[0].value
        rows = table[table["Measure"] == "treatment_judge_score"]
        return set(rows["Judge"])

    assert judges() == {"judge-a"}
    page.selectbox(key="of-which").set_value("treatment_judge_score").run()
    assert any(plain("Replies that count: of judge-a.") in c.value for c in page.caption)

    page.selectbox(key="reply-judge").set_value("judge-b").run()

    assert not page.exception
    assert judges() == {"judge-b"}
    assert any(plain("Replies that count: of judge-b.") in c.value for c in page.caption)


def test_grades_of_two_judges_are_not_mixed_without_a_word(
    study: Workbench, tmp_path: Path
) -> None:
    """Whose grades count stands under the chart; a warning above it, until one is chosen."""
    answer(study, tmp_path)
    page = open_page("leaderboard", "emil")
    assert any(
        plain("Grades that count: of a judge without a name.") in c.value for c in page.caption
    )
    path = tmp_path / "more.jsonl"
    grades = [{"criterion_id": "k1", "value": 0, "judge": "judge-b"}]
    line = {"index": "001", "prediction": "An answer.", "grades": grades}
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert study.predicting.store_file(
        actor("emil"), path, model="a", track=Track.TREATMENT
    ).accepted

    page = open_page("leaderboard", "emil")
    assert any("Several judges gave grades" in one.value for one in page.warning)

    study.judging.choose_panel(actor("emil"), ["judge-b"])
    page = open_page("leaderboard", "emil")
    assert not any("Several judges gave grades" in one.value for one in page.warning)
    assert any(plain("Grades that count: of judge-b.") in c.value for c in page.caption)


def test_why_answers_have_no_score_stands_under_the_scores(
    study: Workbench, tmp_path: Path
) -> None:
    """One answer without grades, one item without an answer: each by its reason."""
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps({"index": "001", "prediction": "P"}) + "\n", encoding="utf-8")
    study.predicting.store_file(actor("emil"), path, model="a", track=Track.TREATMENT)

    page = open_page("leaderboard", "emil")

    assert not page.exception
    why = next(one for one in page.expander if one.label == "Why 2 answers have no score")
    table = why.dataframe[0].value
    assert dict(zip(table["Why"], table["Answers"], strict=True)) == {
        "no answer": 1,
        "no grade asked yet": 1,
    }


def test_an_evaluator_imports_answers_on_the_screen(study: Workbench, tmp_path: Path) -> None:
    """What the form stores is what the file holds, and the page says so."""
    page = open_page("leaderboard", "emil")

    fill(page, answers_file(tmp_path, 1, 1), "model-b")

    assert message(page) == ("done", "Stored 2 answers and 4 grades of model-b; 0 known already.")
    assert [m.name for m in study.predicting.models(actor("emil"))] == ["model-b"]
    assert [r.value for r in study.scoring.leaderboard(actor("emil"))] == [1.0]


def test_a_model_is_called_medical_where_its_answers_are_imported(
    study: Workbench, tmp_path: Path
) -> None:
    """In the form for new answers, and for a model that is here with one click."""
    answer(study, tmp_path)
    page = open_page("leaderboard", "emil")
    page.selectbox(key="answers-kind").set_value("medical")
    fill(page, answers_file(tmp_path, 1, 1), "model-b")
    assert [(m.name, m.medical) for m in study.predicting.models(actor("emil"))] == [
        ("a", False),
        ("model-b", True),
    ]

    page.button_group(key="described-a").set_value(True).run()

    assert message(page) == ("done", "a is a medical model now.")
    assert study.predicting.models(actor("emil"))[0].medical


def test_a_faulty_file_is_refused_with_every_problem(study: Workbench, tmp_path: Path) -> None:
    """The problems stand in a table with their lines; nothing is stored."""
    page = open_page("leaderboard", "emil")

    fill(page, answers_file(tmp_path, 1, 7), "model-b")

    kind, text = message(page)
    assert (kind, text) == (
        "refused",
        "answers.jsonl was refused: 1 problem. Nothing was stored.",
    )
    assert page.dataframe[0].value[["line", "rule"]].values.tolist() == [[1, "bad_value"]]
    assert study.predicting.models(actor("emil")) == []

    fill(page, answers_file(tmp_path, 1, 1), "")

    assert message(page)[0] == "refused"
    assert not page.dataframe, "the problems of the last file stand beside those of this one"


@pytest.mark.parametrize("person", ["stranger", "amara", "chen"])
def test_the_page_is_for_leads_and_evaluators(
    study: Workbench, tmp_path: Path, person: str
) -> None:
    """Nobody else sees a score or the form, so no reader is swayed."""
    answer(study, tmp_path)

    page = open_page("leaderboard", person)

    assert not page.dataframe
    assert not page.file_uploader
    assert "0.75" not in words(page)
