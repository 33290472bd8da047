"""The two tables of the benchmark's second version: ranked differentials, evidence points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from src.domain.derivation import Point, derive_points, make_criteria
from src.domain.errors import Problem
from src.domain.item import Finding, Track
from src.domain.scoring.evidence import evidence_points
from src.domain.scoring.image_attribution import cited_images, parse_image_ids
from src.domain.scoring.text import parse_json_list
from src.files.cells import Cells, figure_map, text_list
from src.files.faults import FileFault
from src.files.ids import check_id
from src.files.incoming import IncomingImage, IncomingItem
from src.files.lines import Lines
from src.files.mmrarebench import (
    CASE,
    IMAGES,
    RowReader,
    image_positions,
    items_of,
    missing_column,
    misspelt_columns,
    misspelt_problems,
    with_slots,
)
from src.files.strict_json import json_type, parse_json
from src.files.tables import Row, Table

DATASET = "mrarebench"
LAID_OUT_BELOW = "MRareBench"
"""VLMEvalKit looks for an image that is a file in MRareBench/FOLDER beside the table."""
FOLDERS = {Track.DIFFERENTIAL: "diagnosis", Track.EVIDENCE: "evidence_verification"}
FINDINGS = "image findings"
POINTS = "acceptable_evidence_points"
QUESTION_OPEN = "question_open"
KEPT = (POINTS, "gold_rationale", "gold_answer_open", "task_type")
"""Columns the published scorer reads as they are; they are kept beside the item."""
MARKERS = {Track.DIFFERENTIAL: FINDINGS, Track.EVIDENCE: POINTS}
"""The column only one of the two tables has."""
_SHARED = ("index", "question", "context", *IMAGES, "figure_mapping", "primary_modality")
_READ = {
    Track.DIFFERENTIAL: (
        *_SHARED, "answer", "answer_aliases", "category", "ORPHA_code", FINDINGS,
    ),
    Track.EVIDENCE: (
        *_SHARED, QUESTION_OPEN, "final_diagnosis", "orpha_code", "evidence_modality",
        "image_slot_map", "decisive_image_ids", "supporting_image_ids",
    ),
}  # fmt: skip
"""The columns whose content stands in fields of the item."""
_REQUIRED = {
    Track.DIFFERENTIAL: ("question", "answer", "context"),
    Track.EVIDENCE: ("final_diagnosis", "context"),
}


def track_of(columns: Sequence[str]) -> Track | None:
    """Return the track whose own column a header has; None for any other table, or for both.

    A column that is probably meant to be it tells the table too, so that `image_findings` is not
    taken for the first version, which has no findings: what is misspelt is refused by its name.
    """
    found = [track for track, column in MARKERS.items() if column in columns]
    if not found:
        meant = misspelt_columns(columns, tuple(MARKERS.values())).values()
        found = [track for track, column in MARKERS.items() if column in meant]
    return found[0] if len(found) == 1 else None


def peek_track(path: Path) -> Track | None:
    """Return the track of a table of the second version, None of any other file."""
    with Lines(path) as lines:
        table = Table(lines, "\t")
        table.header()
    return track_of(table.columns)


def read_lines(
    lines: Lines, *, dataset: str = DATASET, image_root: Path | None = None
) -> Iterator[IncomingItem | Problem]:
    """Yield the items of a table, and what is wrong with it, in the order of its rows.

    Without a column `index` rows are numbered from 0, as the published loader does. Relative
    image paths start at `image_root`, else at the file's own folder.
    """
    check_id(dataset, slash=False)
    with lines:
        table = Table(lines, "\t")
        faults = table.header()
        track = track_of(table.columns)
        if track is not None:
            faults += _column_problems(table, track)
        yield from faults
        if faults or track is None:
            return
        kind = _DifferentialReader if track is Track.DIFFERENTIAL else _EvidenceReader
        yield from items_of(
            table, kind(dataset, track, image_root or lines.path.parent, table.columns)
        )


def _column_problems(table: Table, track: Track) -> list[Problem]:
    columns = table.columns
    misspelt = misspelt_columns(columns, (*_READ[track], *KEPT))
    there = {*columns, *misspelt.values()}
    problems = misspelt_problems(table, misspelt)
    problems += [
        missing_column(name).at(table.header_line, name)
        for name in _REQUIRED[track]
        if name not in there
    ]
    if track is Track.EVIDENCE and not there & {QUESTION_OPEN, "question"}:
        problems.append(missing_column(QUESTION_OPEN).at(table.header_line, QUESTION_OPEN))
    if not there & set(IMAGES):
        problems.append(missing_column("image' or 'image_path").at(table.header_line, "image"))
    return problems


class _NumberedReader(RowReader):
    """Makes items of rows that may have no index of their own."""

    laid_out_below = LAID_OUT_BELOW

    def __init__(self, dataset: str, track: Track, root: Path, columns: Sequence[str]) -> None:
        super().__init__(dataset, track, root, columns)
        self._numbered = "index" not in columns
        self._rows = 0

    def _folder(self) -> str:
        return FOLDERS[self._track]

    def _own_index(self, cells: Cells) -> str:
        number, self._rows = str(self._rows), self._rows + 1
        if self._numbered:
            return self._index(number, cells.line)
        return cells.read("index", lambda cell: self._index(cell, cells.line)) or ""


class _DifferentialReader(_NumberedReader):
    """Makes items whose answer is a disease, to be found in a ranked list."""

    read_as = (*_READ[Track.DIFFERENTIAL], *CASE)

    def item(self, row: Row) -> list[IncomingItem | Problem]:
        """Return the item of a row, or everything that is wrong with it."""
        cells = Cells(row)
        index = self._own_index(cells)
        if not cells.text("question").strip():
            cells.refuse("question", "empty_field", "The question is empty.")
        named = self._images(cells)
        labels = cells.read("figure_mapping", figure_map) or {}
        aliases = [a for a in cells.read("answer_aliases", text_list) or [] if a.strip()]
        findings = cells.read(FINDINGS, _findings) or []
        if cells.problems:
            return list(cells.problems)
        answer = cells.text("answer")
        item = IncomingItem(
            line=row.line,
            dataset=self._dataset,
            track=self._track,
            index=index,
            case=self._case(cells, index),
            question=cells.text("question"),
            context=cells.text("context"),
            answer=answer,
            aliases=tuple(aliases),
            category=cells.text("category"),
            orpha_code=cells.text("ORPHA_code"),
            modality=cells.text("primary_modality"),
            findings=tuple(findings),
            images=with_slots(named, labels, image_positions(named, labels, index)),
            points=tuple(derive_points(self._track, answer)),
            extra={name: row.cells[name] for name in self._extra},
        )
        return [item]


class _EvidenceReader(_NumberedReader):
    """Makes items whose diagnosis is given and whose evidence is asked for."""

    read_as = (*_READ[Track.EVIDENCE], *CASE)

    def item(self, row: Row) -> list[IncomingItem | Problem]:
        """Return the item of a row, or everything that is wrong with it."""
        cells = Cells(row)
        index = self._own_index(cells)
        asked = QUESTION_OPEN if cells.text(QUESTION_OPEN).strip() else "question"
        if not cells.text(asked).strip():
            cells.refuse(QUESTION_OPEN, "empty_field", "The question is empty.")
        named = self._images(cells)
        slots = cells.read("image_slot_map", _slot_names) or []
        stated = cells.read(POINTS, _points_cell) or ""
        known = not any(problem.column in IMAGES for problem in cells.problems)
        ids = {
            name: cells.read(name, lambda cell: _positions(cell, len(named))) or ()
            for name in ("decisive_image_ids", "supporting_image_ids")
            if known
        }
        if cells.problems:
            return list(cells.problems)
        answer = cells.text("final_diagnosis")
        points = evidence_points(stated)
        item = IncomingItem(
            line=row.line,
            dataset=self._dataset,
            track=self._track,
            index=index,
            case=self._case(cells, index),
            question=cells.text(asked),
            context=cells.text("context"),
            answer=answer,
            orpha_code=cells.text("orpha_code"),
            modality=cells.text("primary_modality") or cells.text("evidence_modality"),
            images=_in_slots([found.image for found in named], slots),
            points=tuple(derive_points(self._track, answer, _claims(stated))),
            criteria=make_criteria(
                [
                    ("required_point", points.required, 1.0, True),
                    ("optional_point", points.optional, 0.5, False),
                ]
            ),
            decisive_images=ids["decisive_image_ids"],
            supporting_images=ids["supporting_image_ids"],
            extra={name: row.cells[name] for name in self._extra},
        )
        return [item]


def _claims(cell: str) -> list[Point]:
    """Return the evidence points of a cell as claims, the required ones first.

    The images a point names are its evidence. What the published scorer drops is left out:
    entries that are no objects, and points without text.
    """
    entries = [entry for entry in parse_json_list(cell) if isinstance(entry, dict)]
    claims = [
        Point(
            text=text,
            kind="point",
            images=tuple(sorted(cited_images(_said(entry, "image")))),
            required=_said(entry, "credit").lower() == "required",
        )
        for entry in entries
        if (text := _said(entry, "point"))
    ]
    return sorted(claims, key=lambda claim: not claim.required)


def _said(entry: dict[str, object], name: str) -> str:
    return str(entry.get(name) or "").strip()


def _points_cell(cell: str) -> str:
    """Return a cell of evidence points that is a JSON list, or empty."""
    if not cell.strip():
        return ""
    value = parse_json(cell)
    if not isinstance(value, list):
        text = f"A list of evidence points is needed here, not {json_type(value)}."
        raise FileFault("wrong_type", text)
    return cell


def _positions(cell: str, images: int) -> tuple[int, ...]:
    """Return the positions a cell of image ids names, in order."""
    found = sorted(parse_image_ids(cell))
    outside = [number for number in found if not 1 <= number <= images]
    if outside:
        text = f"Image {outside[0]} is named, and the item has {images}: mend the id."
        raise FileFault("out_of_range", text)
    return tuple(found)


def _slot_names(cell: str) -> list[str]:
    if not cell.strip():
        return []
    value = parse_json(cell)
    if not isinstance(value, list):
        text = f"A list of objects with 'public_slot' is needed here, not {json_type(value)}."
        raise FileFault("wrong_type", text)
    slots = [entry for entry in value if isinstance(entry, dict)]
    return [str(slot.get("public_slot") or "").strip() for slot in slots]


def _in_slots(images: Sequence[IncomingImage], slots: Sequence[str]) -> tuple[IncomingImage, ...]:
    """Name each image by its slot, else 'Image 1' and on, as a model is shown them."""
    return tuple(
        image.model_copy(update={"slot_name": (slots[n - 1 : n] or [""])[0] or f"Image {n}"})
        for n, image in enumerate(images, start=1)
    )


def _findings(cell: str) -> list[Finding]:
    """Return the described findings; one that only has `markdown` is given by that."""
    if not cell.strip():
        return []
    value = parse_json(cell)
    if not isinstance(value, list):
        raise FileFault("wrong_type", f"A list of findings is needed here, not {json_type(value)}.")
    found = []
    for place, entry in enumerate(value, start=1):
        if not isinstance(entry, dict):
            text = f"Entry {place} is {json_type(entry)}, not an object of title and body."
            raise FileFault("wrong_type", text)
        title, body, whole = (
            str(entry.get(name) or "").strip() for name in ("title", "body", "markdown")
        )
        if body or title or whole:
            found.append(Finding(title=title, body=body or _without_title(whole, title)))
    return found


def _without_title(markdown: str, title: str) -> str:
    first, _, rest = markdown.partition("\n")
    return rest.strip() if title and first.lstrip("# ").strip() == title else markdown
