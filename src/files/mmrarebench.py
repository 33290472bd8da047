"""The four tables of MMRareBench's first version, one schema for each track."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pydantic import JsonValue
from rapidfuzz import fuzz

from src.domain.derivation import Point, derive_points, make_criteria
from src.domain.errors import Problem
from src.domain.item import CaseRecord, Criterion, Track, item_id_of
from src.domain.plurals import counted
from src.files.cells import Cells, figure_map, mainline, one_or_list, text_list
from src.files.faults import FileFault
from src.files.ids import SeenIds, check_id
from src.files.image_paths import check_names, resolve_inside
from src.files.incoming import IncomingImage, IncomingItem
from src.files.lines import Lines
from src.files.tables import Row, Table

DATASET = "mmrarebench"
REQUIRED = ("index", "question", "answer", "context")
IMAGES = ("image", "image_path")
MARKERS = {
    Track.DIAGNOSIS: ("answer_aliases", "category", "ORPHA_code"),
    Track.TREATMENT: ("rubric_must_include", "rubric_must_not"),
    Track.CROSSMODAL: ("golden_mainline", "relation_type"),
    Track.EXAMINATION: ("key_test_names", "red_flags_to_rule_out", "must_not"),
}
"""The columns only one track has."""
RUBRIC = (
    ("rubric_must_include", "must_include", 1.0),
    ("key_test_names", "key_test", 1.0),
    ("red_flags_to_rule_out", "red_flag", 1.0),
    ("rubric_must_not", "must_not", -1.0),
    ("must_not", "must_not", -1.0),
)
CASE = ("pmcid", "case_id", "doi", "licence", "license", "source")
_BENCHMARK = (
    *REQUIRED,
    *IMAGES,
    "primary_modality",
    "figure_mapping",
    *(column for columns in MARKERS.values() for column in columns),
)
LAID_OUT_BELOW = "MMrarebench"
"""VLMEvalKit looks for an image that is a file in MMrarebench/TRACK beside the table."""
MISSPELT = 85
"""From this similarity (0 to 100) on, an unknown column is taken for a slip of the pen."""
_IMAGE_NUMBER = re.compile(r"image\s*([1-9]\d{0,3})", re.I)
_PMCID = re.compile(r"PMC\d+")


class NamedImage(NamedTuple):
    """An image with the path the file calls it by, '' where it has none."""

    image: IncomingImage
    path: str


def read(
    path: Path, *, dataset: str = DATASET, image_root: Path | None = None
) -> Iterator[IncomingItem | Problem]:
    """Yield the items of a table and what is wrong with it, in the order of its rows.

    Relative image paths start at `image_root`, else at the file's own folder.
    """
    check_id(dataset, slash=False)
    return read_lines(Lines(path), dataset=dataset, image_root=image_root)


def read_lines(
    lines: Lines, *, dataset: str = DATASET, image_root: Path | None = None
) -> Iterator[IncomingItem | Problem]:
    """Yield the items of a table whose lines are given; the file is open while this runs."""
    with lines:
        table = Table(lines, "\t")
        faults = table.header()
        track = track_of(table.columns, lines.path)
        faults += _column_problems(table, track) if table.columns else []
        yield from faults
        if faults or not isinstance(track, Track):
            return
        reader = RowReader(dataset, track, image_root or lines.path.parent, table.columns)
        yield from items_of(table, reader)


def items_of(table: Table, reader: RowReader) -> Iterator[IncomingItem | Problem]:
    """Yield what a reader makes of a table's rows."""
    for row in table.rows():
        if isinstance(row, Problem):
            yield row
        else:
            yield from reader.item(row)


def peek_track(path: Path) -> Track | None:
    """Return the track of a table, or None where its header does not tell."""
    with Lines(path) as lines:
        table = Table(lines, "\t")
        table.header()
    track = track_of(table.columns, path)
    return track if isinstance(track, Track) else None


def track_of(columns: Sequence[str], path: Path) -> Track | FileFault:
    """Return the track by the columns only it has, else by the file's name, else the reason."""
    marked = {
        track: [name for name in names if name in columns] for track, names in MARKERS.items()
    }
    found = [track for track, names in marked.items() if names]
    if len(found) > 1:
        text = "; ".join(f"{', '.join(marked[track])} ({track.value})" for track in found)
        return FileFault("mixed_tracks", f"The columns are of two tracks: {text}. Split the file.")
    if found:
        return found[0]
    named = [track for track in MARKERS if track.value in path.stem.lower()]
    if len(named) == 1:
        return named[0]
    return FileFault(
        "unknown_track",
        f"Neither the columns nor the name of {path.name!r} tell the track: name the file as"
        " diagnosis_opened, treatment_plan, crossmodal_comparison or examination_workup.",
    )


def _column_problems(table: Table, track: Track | FileFault) -> list[Problem]:
    misspelt = misspelt_columns(table.columns, _BENCHMARK)
    problems = misspelt_problems(table, misspelt)
    absent = [name for name in REQUIRED if name not in table.columns]
    problems += [
        missing_column(name).at(table.header_line, name)
        for name in absent
        if name not in misspelt.values()
    ]
    pictured = {*table.columns, *misspelt.values()} & set(IMAGES)
    if not pictured:
        problems.append(missing_column("image' or 'image_path").at(table.header_line, "image"))
    if isinstance(track, FileFault) and not problems:
        problems.append(track.at(table.header_line))
    return problems


def missing_column(name: str) -> FileFault:
    """Return the fault of a header without a column."""
    return FileFault("missing_column", f"The column '{name}' is missing from the header.")


def misspelt_problems(table: Table, misspelt: Mapping[str, str]) -> list[Problem]:
    """Return a problem for each column that is probably meant to be another."""
    return [
        FileFault("unknown_column", f"There is no column {name!r}: did you mean {meant!r}?").at(
            table.header_line, name
        )
        for name, meant in misspelt.items()
    ]


def misspelt_columns(columns: Sequence[str], benchmark: Sequence[str]) -> dict[str, str]:
    """Return the columns of a benchmark that unknown ones are probably meant to be."""
    absent = [name for name in benchmark if name not in columns]
    meant = {}
    for name in columns:
        if name in benchmark or name in CASE or not absent or not name.strip():
            continue
        nearest = max(absent, key=lambda known: _likeness(name, known))
        if _likeness(name, nearest) >= MISSPELT:
            meant[name] = nearest
    return meant


def _likeness(first: str, second: str) -> float:
    return fuzz.ratio(first.strip().casefold(), second.casefold())


class RowReader:
    """Makes items of rows."""

    read_as: tuple[str, ...] = (*_BENCHMARK, *CASE)
    """The columns whose content stands in fields of the item; others are kept as they are."""
    laid_out_below = LAID_OUT_BELOW
    """The benchmark's folder below the image root, with a folder for each track."""

    def __init__(self, dataset: str, track: Track, root: Path, columns: Sequence[str]) -> None:
        self._dataset = dataset
        self._track = track
        self._root = root
        self._extra = [name for name in columns if name not in self.read_as]
        self._seen = SeenIds()

    def item(self, row: Row) -> list[IncomingItem | Problem]:
        """Return the item of a row, or everything that is wrong with it."""
        cells = Cells(row)
        index = cells.read("index", lambda cell: self._index(cell, row.line)) or ""
        if not cells.text("question").strip():
            cells.refuse("question", "empty_field", "The question is empty.")
        named = self._images(cells)
        labels = cells.read("figure_mapping", figure_map) or {}
        positions = image_positions(named, labels, index)
        points = [
            Point(text=claim, kind="mainline", images=_resolved(figures, positions))
            for claim, figures in cells.read("golden_mainline", mainline) or []
        ]
        criteria = self._criteria(cells, points)
        aliases = [a for a in cells.read("answer_aliases", text_list) or [] if a.strip()]
        if cells.problems:
            return list(cells.problems)
        item = IncomingItem(
            line=row.line,
            dataset=self._dataset,
            track=self._track,
            index=index,
            case=self._case(cells, index),
            question=cells.text("question"),
            context=cells.text("context"),
            answer=cells.text("answer"),
            aliases=tuple(aliases),
            category=cells.text("category"),
            orpha_code=cells.text("ORPHA_code"),
            modality=cells.text("primary_modality"),
            relation_type=cells.text("relation_type"),
            images=with_slots(named, labels, positions),
            points=tuple(
                derive_points(
                    self._track, cells.text("answer"), points, cells.text("relation_type")
                )
            ),
            criteria=criteria,
            extra={name: row.cells[name] for name in self._extra},
        )
        return [item]

    def _index(self, cell: str, line: int) -> str:
        check_id(cell)
        self._seen.add(self._dataset, self._track, cell, line)
        return cell

    def _criteria(self, cells: Cells, points: Sequence[Point]) -> tuple[Criterion, ...]:
        groups: list[tuple[str, Sequence[str], float, bool]] = [
            (key, cells.read(column, text_list) or [], worth, True)
            for column, key, worth in RUBRIC
            if cells.text(column).strip()
        ]
        return make_criteria([*groups, ("mainline", [p.text for p in points], 1.0, True)])

    def _case(self, cells: Cells, index: str) -> CaseRecord:
        found = _PMCID.search(cells.text("image_path"))
        pmcid = cells.text("pmcid").strip() or (found.group() if found else "")
        own = item_id_of(self._dataset, self._track, index)
        stated = cells.text("pmcid").strip() or cells.text("case_id").strip()
        licence = cells.text("licence").strip() or cells.text("license").strip()
        return CaseRecord(
            case_id=stated or pmcid or own,
            pmcid=pmcid or None,
            doi=cells.text("doi").strip() or None,
            licence=licence or None,
            source=cells.text("source"),
        )

    def _images(self, cells: Cells) -> list[NamedImage]:
        encoded = cells.read("image", one_or_list) or []
        paths = cells.read("image_path", one_or_list) or []
        if any(problem.column in IMAGES for problem in cells.problems):
            return []
        if encoded and paths and len(encoded) != len(paths):
            stand = "stands" if len(encoded) == 1 else "stand"
            text = (
                f"{counted(len(encoded), 'image')} {stand} beside {counted(len(paths), 'path')}: "
                "one path an image."
            )
            cells.refuse("image", "count_mismatch", text)
            return []
        if encoded:
            return self._encoded(cells, encoded, paths)
        return [found for name in paths if (found := self._file(cells, name))]

    def _encoded(
        self, cells: Cells, encoded: Sequence[str], paths: Sequence[str]
    ) -> list[NamedImage]:
        cells.read("image_path", lambda _: check_names(paths))
        names = paths or [f"image-{number}" for number in range(1, len(encoded) + 1)]
        return [
            NamedImage(IncomingImage(name=name, base64=content, column="image"), name)
            for name, content in zip(names, encoded, strict=True)
        ]

    def _file(self, cells: Cells, name: str) -> NamedImage | None:
        path = cells.read("image_path", lambda _: self._found(name))
        if path is None:
            return None
        return NamedImage(IncomingImage(name=name, path=path, column="image_path"), name)

    def _found(self, name: str) -> Path:
        """Return the file of a path from the image folder, or from where VLMEvalKit looks."""
        try:
            return resolve_inside(self._root, name)
        except FileFault as fault:
            laid_out = self._root / self.laid_out_below / self._folder()
            if fault.rule != "missing_file" or not laid_out.is_dir():
                raise
            return resolve_inside(laid_out, name)

    def _folder(self) -> str:
        return self._track.value


def image_positions(
    named: Sequence[NamedImage], labels: dict[str, str], index: str
) -> dict[str, int]:
    """Return the position of an image by its path, its file's name and its figure label.

    A figure map of base64 images may name them as the benchmark's own program writes them
    to disk: INDEX--NUMBER.jpg.
    """
    places: dict[str, int] = {}
    for position, found in enumerate(named, start=1):
        places.setdefault(found.path, position)
        places.setdefault(PurePosixPath(found.path).name, position)
        places.setdefault(f"{index}--{position}", position)
    for label, path in labels.items():
        file = PurePosixPath(path)
        place = places.get(path) or places.get(file.name) or places.get(file.stem)
        if place:
            places[label.strip().casefold()] = place
    return places


def with_slots(
    named: Sequence[NamedImage], labels: dict[str, str], positions: dict[str, int]
) -> tuple[IncomingImage, ...]:
    """Return the images with the figure labels that lead to them as slot names."""
    slots: dict[int, list[str]] = {}
    for label in labels:
        place = positions.get(label.strip().casefold())
        if place:
            slots.setdefault(place, []).append(label)
    return tuple(
        found.image.model_copy(update={"slot_name": ", ".join(slots.get(position, []))})
        for position, found in enumerate(named, start=1)
    )


def _resolved(figures: Sequence[JsonValue], positions: dict[str, int]) -> tuple[int, ...]:
    """Return the positions of the images a claim names, as far as they can be told."""
    last = max(positions.values(), default=0)
    found: list[int] = []
    for figure in figures:
        if isinstance(figure, int) and not isinstance(figure, bool) and 1 <= figure <= last:
            found.append(figure)
        elif isinstance(figure, str):
            place = positions.get(figure) or positions.get(figure.strip().casefold())
            found += [place or _numbered(figure, last)]
    return tuple(dict.fromkeys(position for position in found if position))


def _numbered(figure: str, last: int) -> int:
    """Return the position in a text such as 'Image 2', or 0."""
    number = _IMAGE_NUMBER.fullmatch(figure.strip())
    position = int(number.group(1)) if number else 0
    return position if position <= last else 0
