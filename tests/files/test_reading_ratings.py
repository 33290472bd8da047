"""Tables of ratings are read strictly: what is wrong is named by line, column and rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from src.domain.errors import BadInputError
from src.domain.interrater.ratings import MISSING, Level
from src.files.ratings import read_ratings


def written(folder: Path, text: str, name: str = "ratings.csv") -> Path:
    """Write a table and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(
    path: Path, level: Level = "nominal", categories: list[str] | None = None
) -> list[tuple[int | None, str | None, str]]:
    """Return line, column and rule of all that is wrong with a table."""
    with pytest.raises(BadInputError) as refused:
        read_ratings(path, level, categories)
    assert path.name in str(refused.value)
    return [(p.line, p.column, p.rule) for p in refused.value.problems]


def test_a_table_is_read_with_its_missing_readings_and_its_other_columns_left_alone(
    tmp_path: Path,
) -> None:
    """An empty value is no reading; texts stay as they are written."""
    path = written(tmp_path, "rater,when,unit,value\nA,x,1,NA\nB,x,1,01\nA,x,2,\nB,x,2,NA\n")
    found = read_ratings(path, "nominal")
    assert found.categories == ("01", "NA")
    assert found.codes.tolist() == [[1, 0], [MISSING, 1]]
    assert found.raters == 2
    assert found.clusters.tolist() == [0, 1]


def test_numbers_are_numbers_where_the_level_needs_them(tmp_path: Path) -> None:
    """1 and 1.0 are one value; at nominal level they are two texts."""
    path = written(tmp_path, "unit,rater,value\n1,A,1\n1,B,1.0\n2,A,10\n2,B,9\n")
    assert read_ratings(path, "ordinal").categories == (1.0, 9.0, 10.0)
    assert read_ratings(path, "nominal").categories == ("1", "1.0", "10", "9")
    declared = read_ratings(path, "interval", ["10", "9", "8", "1"])
    assert declared.categories == (10.0, 9.0, 8.0, 1.0)


def test_words_have_an_order_once_it_is_declared(tmp_path: Path) -> None:
    """And only then."""
    path = written(tmp_path, "unit\trater\tvalue\n1\tA\tlow\n1\tB\thigh\n", "ratings.tsv")
    found = read_ratings(path, "ordinal", ["low", "middle", "high"])
    assert found.codes.tolist() == [[0, 2]]
    assert faults(path, "ordinal") == [(2, "value", "wrong_type"), (3, "value", "wrong_type")]


def test_units_of_one_item_are_one_cluster(tmp_path: Path) -> None:
    """A unit that belongs to two items is refused, and so is an item without a name."""
    rows = "item,unit,rater,value\ni1,a,A,1\ni1,b,A,1\ni2,c,A,1\ni1,a,B,2\n"
    assert read_ratings(written(tmp_path, rows), "nominal").clusters.tolist() == [0, 0, 1]
    more = written(tmp_path, rows + "i2,b,B,1\n,c,B,1\n")
    assert faults(more) == [(6, "item", "bad_value"), (7, "item", "empty_field")]


def test_a_rater_twice_on_one_unit_is_refused_with_both_lines(tmp_path: Path) -> None:
    """Also where one of the two readings is missing."""
    path = written(tmp_path, "unit,rater,value\n1,A,1\n2,A,1\n1,A,1\n2,A,\n")
    assert faults(path) == [(4, "rater", "rated_twice"), (5, "rater", "rated_twice")]
    with pytest.raises(BadInputError) as refused:
        read_ratings(path, "nominal")
    assert "at line 2" in refused.value.problems[0].message


@pytest.mark.parametrize(
    ("text", "level", "expected"),
    [
        ("", "nominal", [(None, None, "no_rows")]),
        ("unit,rater,value\n", "nominal", [(None, None, "no_rows")]),
        ("unit,raters,value\n1,A,1\n", "nominal", [(1, "rater", "missing_column")]),
        ("unit,rater,value\n,A,1\n1, ,1\n", "nominal",
         [(2, "unit", "empty_field"), (3, "rater", "empty_field")]),
        ("unit,rater,value\n1,A\n1,B,1,2\n", "nominal",
         [(2, None, "ragged_row"), (3, None, "ragged_row")]),
        ("unit,rater,value\n1,A,nan\n1,B,inf\n1,C,two\n", "interval",
         [(2, "value", "wrong_type"), (3, "value", "wrong_type"), (4, "value", "wrong_type")]),
        ("unit,rater,value\n1,A,-1\n1,B,0\n", "ratio", [(2, "value", "bad_value")]),
        ("unit,rater,value\n1,A,1\0\n", "nominal", [(2, None, "nul")]),
        ('unit,rater,value\n1,A,"1\n', "nominal", [(2, None, "unterminated_quote")]),
    ],
)  # fmt: skip
def test_everything_wrong_with_a_table_is_named(
    tmp_path: Path, text: str, level: Level, expected: list[tuple[int | None, str | None, str]]
) -> None:
    """By line, column and rule, and nothing is computed."""
    assert faults(written(tmp_path, text), level) == expected


def test_a_value_that_was_not_declared_is_refused(tmp_path: Path) -> None:
    """By its line; a column that is nearly the right one is pointed at."""
    path = written(tmp_path, "unit,rater,value\n1,A,yes\n1,B,Yes\n")
    assert faults(path, "nominal", ["yes", "no"]) == [(3, "value", "unknown_value")]
    with pytest.raises(BadInputError) as refused:
        read_ratings(written(tmp_path, "unit,rater,valu\n1,A,yes\n"), "nominal")
    assert "'valu' meant" in refused.value.problems[0].message


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """With its path."""
    assert faults(tmp_path / "none.csv") == [(None, None, "missing_file")]


def test_a_large_table_is_read_whole(tmp_path: Path) -> None:
    """20,000 readings, of raters who did not all read everything."""
    draw = np.random.default_rng(1)
    rows = [f"{u},{r},{draw.integers(1, 6)}" for u in range(5000) for r in range(4)]
    found = read_ratings(written(tmp_path, "unit,rater,value\n" + "\n".join(rows)), "ordinal")
    assert found.codes.shape == (5000, 4)
