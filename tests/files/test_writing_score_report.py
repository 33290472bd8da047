"""A leaderboard to take away: every number in a table, a picture, a page without a network."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
import vl_convert
from PIL import Image

from src.domain.errors import BadInputError
from src.domain.item import Track
from src.domain.scoring.board import Comparison, Row, Sides
from src.files.score_chart import score_chart, score_text
from src.files.score_report import (
    Report,
    Section,
    board_chart,
    board_csv,
    board_html,
    rank_text,
    write_report,
)


def row(basis: str, value: float | None, **changes: object) -> Row:
    """Return a row of one model on the treatment track."""
    values = {
        "model": "a",
        "track": Track.TREATMENT,
        "measure": "strict_score",
        "basis": basis,
        "n": 60,
        "cases": 50,
        "unscored": 2,
        "excluded": 1,
        "value": value,
        "low": None if value is None else value - 0.1,
        "high": None if value is None else value + 0.1,
        "rank": None if value is None else 1,
    }
    return Row.model_validate({**values, **changes})


def report() -> Report:
    """Return a report of one model that people graded too little to correct."""
    sides = Sides(
        imported=row("import", 0.5),
        gold=row(
            "gold",
            0.625,
            rank_low=1,
            rank_high=3,
            exclusions={"leakage confirmed": 1},
            policies={
                "all": {"value": 0.5, "n": 61},
                "reviewed": {"value": 0.75, "n": 9},
                "reviewed_minus_excluded": {"value": None, "n": 0},
            },
        ),
        corrected=row("corrected", None, graded=3),
    )
    pair = Comparison(
        model="a",
        other="b",
        track=Track.TREATMENT,
        measure="strict_score",
        basis="gold",
        difference=0.1,
        low=-0.05,
        high=0.2,
        p_better=0.91,
        n=58,
        cases=50,
    )
    return Report(
        title="Scores <of a study>",
        made_at="2026-11-20 09:41",
        head="event 12, abc",
        sides=(sides,),
        names={"a": "=Model A & co"},
        warnings=("Of one family, GPT.",),
        comparisons=(pair,),
        sections=(
            Section(
                title="Judge card: <j>",
                lines=("Against 2 people.",),
                warnings=("j is hardly better than guessing.",),
                rows=({"Of": "All", "Criteria": "1,200"},),
            ),
        ),
    )


def test_the_table_holds_every_basis_in_full() -> None:
    """A name that begins like a formula has an apostrophe in front; no score is an empty cell."""
    given = report()
    lines = list(csv.DictReader(io.StringIO(board_csv(given.sides, given.names).decode())))
    assert [(r["basis"], r["value"], r["graded"]) for r in lines] == [
        ("import", "0.5", "0"),
        ("gold", "0.625", "0"),
        ("corrected", "", "3"),
    ]
    assert {r["model"] for r in lines} == {"'=Model A & co"}
    assert {r["model_id"] for r in lines} == {"a"}


def test_the_table_says_on_which_items_and_what_is_left_out() -> None:
    """Gold has all, reviewed and without the excluded; a mean of nothing is an empty cell."""
    given = report()
    lines = list(csv.DictReader(io.StringIO(board_csv(given.sides, given.names).decode())))
    by_basis = {line["basis"]: line for line in lines}
    gold = by_basis["gold"]
    assert (gold["all"], gold["n_all"], gold["reviewed"], gold["n_reviewed"]) == (
        "0.5",
        "61",
        "0.75",
        "9",
    )
    assert (gold["reviewed_minus_excluded"], gold["n_reviewed_minus_excluded"]) == ("", "0")
    assert gold["exclusions"] == "1 leakage confirmed"
    assert (by_basis["import"]["n_all"], by_basis["import"]["exclusions"]) == ("", "")


def test_picture_and_page_need_nothing_else(tmp_path: Path) -> None:
    """The page names no address to load from, and shows texts as they are written."""
    paths = write_report(report(), tmp_path / "out")

    assert [path.name for path in paths] == [
        "leaderboard.csv",
        "leaderboard.png",
        "leaderboard.html",
    ]
    with Image.open(paths[1]) as picture:
        assert picture.width > 1_000
    page = paths[2].read_text(encoding="utf-8")
    assert "<svg" in page
    assert not re.search(r"(src|href)=|@import|<script|url\(", page)
    assert "Scores &lt;of a study&gt;" in page
    assert "=Model A &amp; co" in page
    assert "+0.100 (-0.050 to +0.200)" in page
    assert "Of one family, GPT." in page
    assert "too few graded: 3" in page
    assert "no score, n = 0</td><td>1 leakage confirmed" in page
    assert "<td>as gold</td>" in page
    assert "<td>58</td>" in page
    assert "<h2>Judge card: &lt;j&gt;</h2><p><strong>j is hardly" in page
    assert "<td>1,200</td>" in page


def two_models() -> Report:
    """Return a report in which a leads as imported, and b as gold of release 2."""
    sides = [
        Sides(
            imported=row("import", first, model=model, rank=ranks[0]),
            gold=row("gold", second, model=model, rank=ranks[1], release=2),
        )
        for model, first, second, ranks in (("a", 0.7, 0.5, (1, 2)), ("b", 0.6, 0.8, (2, 1)))
    ]
    return report().model_copy(
        update={"sides": tuple(sides), "names": {"a": "Model A", "b": "Model B"}}
    )


def test_a_strict_measure_is_named_in_words() -> None:
    """In titles and tables of page and picture; the table for programs keeps its key."""
    given = report()
    assert "strict_score" not in board_html(given).decode()
    assert "<h2>Treatment: strict score</h2>" in board_html(given).decode()
    assert '"Treatment: strict score"' in board_chart(given).to_json()
    assert "strict_score" in board_csv(given.sides, given.names).decode()


@pytest.mark.parametrize(
    ("ranked_by", "first", "words"),
    [
        (None, "Model B", "best first as gold"),
        ("import", "Model A", "best first as imported"),
        ("corrected", "Model B", "best first as gold"),
    ],
)
def test_picture_and_page_order_models_as_the_screen_does(
    ranked_by: str | None, first: str, words: str
) -> None:
    """By the basis that is chosen; by gold where it is not, or has no score."""
    given = two_models().model_copy(update={"ranked_by": ranked_by})
    drawn, page = board_chart(given).to_json(), board_html(given).decode()
    other = "Model A" if first == "Model B" else "Model B"
    assert drawn.index(first) < drawn.index(other)
    assert page.index(f"<td>{first}") < page.index(f"<td>{other}")
    assert words in drawn


def test_the_picture_says_of_which_release_it_is_and_when_it_was_made() -> None:
    """It is passed on without the page."""
    drawn = vl_convert.vegalite_to_svg(board_chart(two_models()).to_json())
    assert "Release 2; made 2026-11-20 09:41; log at event 12, abc" in drawn
    assert "No release; made" in vl_convert.vegalite_to_svg(board_chart(report()).to_json())


def test_titles_stand_over_the_scale_and_no_line_runs_on_past_it() -> None:
    """The room of the numbers right of 1 belongs to no axis."""
    (part,) = board_chart(two_models()).to_dict()["vconcat"]
    assert part["title"]["anchor"] == "start"
    axes = re.findall(r'"axis": \{[^}]*"values"[^}]*\}', json.dumps(part))
    assert axes
    assert all('"domain": false' in axis for axis in axes)


def test_a_folder_that_cannot_be_written_into_is_named(tmp_path: Path) -> None:
    """A file of that name, or one in the middle of the path; nothing is left behind."""
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    for place in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(BadInputError, match=f"{place.name}' cannot be written into"):
            write_report(report(), place)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_mean_rank_is_drawn_on_a_scale_to_ten() -> None:
    """On that of a share its sign would stand among the numbers, or past them."""
    ranks = row("import", 4.0, track=Track.DIFFERENTIAL, measure="mr")
    spec = json.dumps(score_chart([Sides(imported=ranks)], {}).to_dict())
    assert '"domain": [0, 24.0]' in spec
    assert '"values": [0.0, 2.5, 5.0, 7.5, 10.0]' in spec


def test_a_rank_carries_its_interval() -> None:
    """Only where it is not the rank itself."""
    assert rank_text(row("gold", 0.5, rank_low=1, rank_high=3)) == "1 (1 to 3)"
    assert rank_text(row("gold", 0.5, rank_low=1, rank_high=1)) == "1"
    assert rank_text(row("gold", None)) == ""


def test_a_score_of_fewer_than_five_cases_is_marked() -> None:
    """Cases count, not answers: several answers of one case are no more."""
    few = {"n": 2, "cases": 2}
    assert score_text(row("gold", 0.5, **few)).endswith(", n = 2: too few to say")
    few = {"n": 9, "cases": 4}
    assert score_text(row("gold", 0.5, **few)).endswith(", n = 9 of 4 cases: too few to say")
    assert score_text(row("gold", 0.5, n=9, cases=5)).endswith(", n = 9")
    assert score_text(row("gold", None)) == "no score, n = 0"


def test_pairs_of_fewer_than_five_cases_are_marked_on_the_page() -> None:
    """Both the difference and the chance; of five cases neither is."""
    given = report()
    few = given.comparisons[0].model_copy(update={"cases": 4})
    page = board_html(given.model_copy(update={"comparisons": (few,)})).decode()
    assert "+0.100 (-0.050 to +0.200): too few to say</td><td>0.91: too few to say</td>" in page
    assert "too few to say" not in board_html(given).decode()


def test_beside_its_line_a_score_of_few_cases_has_the_mark_in_place_of_its_interval() -> None:
    """Both together are cut off on a phone."""
    few = row("gold", 0.5, n=2, cases=2)
    drawn = str(
        score_chart([Sides(imported=row("import", 0.25, n=9, cases=9), gold=few)], {}).to_json()
    )
    assert "0.50, n = 2: too few to say" in drawn
    assert "0.25 (0.15 to 0.35), n = 9" in drawn


def test_an_interval_of_few_cases_is_dotted_and_no_other() -> None:
    """Also in the picture that is passed on: its text says that it is too few to say."""
    few = row("gold", 0.5, n=4, cases=4)
    for score, is_dotted in ((few, True), (row("gold", 0.5, n=5, cases=5), False)):
        chart = score_chart([Sides(imported=row("import", 0.25), gold=score)], {})
        drawn = vl_convert.vegalite_to_svg(chart.to_json())
        assert ('stroke-dasharray="2,4"' in drawn) is is_dotted


def test_beside_a_corrected_sign_stands_how_many_are_graded_and_not_n() -> None:
    """Both do not fit on a phone; n is gold's, and the table says both."""
    sides = Sides(imported=row("import", 0.5), corrected=row("corrected", 0.7, graded=22))

    assert '"0.70 (0.60 to 0.80), 22 graded"' in score_chart([sides], {}).to_json()


def test_the_page_says_why_reviewed_items_have_two_scores() -> None:
    """Beside gold by people first, among the exclusions by the judge; not of published measures."""
    says = "puts people&#x27;s grades before the judge&#x27;s"
    assert says in board_html(report()).decode()
    [line] = report().sides[:1]
    assert line.gold is not None
    of_text = line.model_copy(
        update={
            "imported": line.imported.model_copy(update={"measure": "token_f1"}),
            "gold": line.gold.model_copy(update={"measure": "token_f1"}),
        }
    )
    assert says not in board_html(report().model_copy(update={"sides": (of_text,)})).decode()
