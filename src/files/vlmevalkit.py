"""The benchmark's four tables as VLMEvalKit's own loader reads them, holding gold."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Literal
from urllib.parse import quote

from src.domain.canonical import text_sha256
from src.domain.errors import BadInputError
from src.domain.evidence import EvidenceLink
from src.domain.gold import GoldClaim
from src.domain.item import Criterion, Track, item_id_of
from src.files.lines import CELL_LIMIT
from src.files.mmrarebench import LAID_OUT_BELOW
from src.files.outgoing import (
    Items,
    LeftOutItem,
    OutgoingImage,
    OutgoingItem,
    ReleaseFacts,
    Written,
)

TABLES = {
    Track.DIAGNOSIS: "MMRarebench_Diagnosis",
    Track.TREATMENT: "MMRarebench_Treatment",
    Track.CROSSMODAL: "MMRarebench_Crossmodal",
    Track.EXAMINATION: "MMRarebench_Examination",
}
"""The loader looks for $LMUData/NAME.tsv."""
OWN_COLUMNS = {
    Track.DIAGNOSIS: ("answer_aliases", "category", "ORPHA_code"),
    Track.TREATMENT: ("rubric_must_include", "rubric_must_not"),
    Track.CROSSMODAL: ("golden_mainline", "relation_type"),
    Track.EXAMINATION: ("key_test_names", "red_flags_to_rule_out", "must_not"),
}
CASE = ("pmcid", "case_id", "doi", "licence", "source")
NO_IMAGES = "[" + " " * 64 + "]"
"""An empty list the loader keeps: it drops a row with an empty cell, and takes a text of up to 64
characters for the index of the row whose images are meant."""
NOT_A_TEXT = frozenset(
    {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"}
    | {"<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"}
)
"""What pandas reads as nothing at all."""
MOST_ENCODED = CELL_LIMIT - 2_000_000
"""Characters of one cell of images, so that the whole line can be read back."""
REJECTED = "its readers rejected it"
OTHER_TRACK = "the four tables have no place for its track"
_NUMBER = re.compile(
    r"\s*[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*|\s*[+-]?(?:inf|infinity|nan)\s*", re.I
)
_PLAIN_NUMBER = re.compile(r"0|[1-9]\d{0,17}")
_DIGITS = re.compile(r"\d{1,18}")
_SAFE = " !#$&'()+,-.=@[]^_{}~"
_LONGEST_NAME = 150
"""Bytes of an index in a file's name; with its ending a name may have 255."""


def write(
    folder: Path, facts: ReleaseFacts, items: Items, *, images: Literal["base64", "files"]
) -> Written:
    """Write a table for each track that has items; the images in it, or as files beside it.

    Items that were rejected, those of other tracks, and those of which an image may not go out
    are left out: a question on images that are not there is another question.
    """
    indices = _indices_of(facts.accepted)
    left_out: list[LeftOutItem] = []
    count, pictures = 0, set[str]()
    with ExitStack() as stack:
        tables: dict[Track, _Table] = {}
        for item in items:
            why = _why_not(item)
            if why:
                left_out.append(LeftOutItem(item_id=item.item.item_id, reason=why))
                continue
            if item.track not in tables:
                tables[item.track] = _Table(folder, item.track, stack)
            index, seen = indices[item.item.item_id]
            row = _Row(folder, facts, item, index, seen, images)
            tables[item.track].add(row.cells())
            count += len(item.images)
            pictures.update(image.record.sha256 for image in item.images)
    rows = {f"{TABLES[track]}.tsv": tables[track].rows for track in TABLES if track in tables}
    figures = {"images": count, "pictures": len(pictures)}
    return Written(rows, tuple(left_out), figures)


def _why_not(item: OutgoingItem) -> str:
    if not item.accepted:
        return REJECTED
    if item.track not in TABLES:
        return OTHER_TRACK
    return next((image.left_out for image in item.images if image.left_out), "")


class _Table:
    """A table in the making; its columns are those of its track."""

    def __init__(self, folder: Path, track: Track, stack: ExitStack) -> None:
        path = folder / f"{TABLES[track]}.tsv"
        self._out: IO[str] = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
        self._columns: tuple[str, ...] = ()
        self.rows = 0

    def add(self, cells: dict[str, str]) -> None:
        """Write a row, and before the first one the header."""
        if not self._columns:
            self._columns = tuple(cells)
            self._write(self._columns)
        self._write(cells[column] for column in self._columns)
        self.rows += 1

    def _write(self, cells: Iterable[str]) -> None:
        self._out.write("\t".join(map(_quoted, cells)) + "\n")


def _quoted(cell: str) -> str:
    return f'"{cell.replace(chr(34), chr(34) * 2)}"'


class _Row:
    """One item as a row."""

    def __init__(
        self,
        folder: Path,
        facts: ReleaseFacts,
        item: OutgoingItem,
        index: str,
        seen: str,
        images: Literal["base64", "files"],
    ) -> None:
        self._folder, self._facts, self._one = folder, facts, item
        self._index, self._seen, self._as = index, seen, images

    def cells(self) -> dict[str, str]:
        """Return the cells by column, in the order of the columns."""
        one, gold = self._one, self._one.gold.body
        case = one.item.case
        return {
            "index": self._index,
            "question": _text(gold.question),
            "context": _text(one.item.content.context),
            "answer": _text(gold.answer),
            **self._image_cells(),
            "figure_mapping": _json(self._labels()),
            "primary_modality": one.item.content.modality,
            **self._own_cells(),
            "pmcid": case.pmcid or "",
            "case_id": case.case_id,
            "doi": case.doi or "",
            "licence": case.licence or "",
            "source": case.source,
            "item_id": one.item.item_id,
            "item_version": str(one.gold.item_version),
            "release": str(self._facts.number),
        }

    def _image_cells(self) -> dict[str, str]:
        paths = [self._path(image) for image in self._one.images]
        if self._as == "files":
            for image, path in zip(self._one.images, paths, strict=True):
                self._write_image(image, path)
            return {"image_path": _json(paths)}
        encoded = _list_of_base64([image.base64("shown") for image in self._one.images])
        if len(encoded) > MOST_ENCODED:
            raise BadInputError(
                f"The images of {self._one.item.item_id!r} take {len(encoded) // 1_000_000} MB in "
                "the table, more than a line may hold to be read back. Choose images as files. "
                "Nothing was put there."
            )
        return {"image": encoded if paths else NO_IMAGES, "image_path": _json(paths)}

    def _path(self, image: OutgoingImage) -> str:
        """Return an image's path; the loader itself writes base64 to INDEX--NUMBER.jpg."""
        name = f"{self._seen}--{image.position}"
        return f"{name}.jpg" if self._as == "base64" else f"images/{name}{image.suffix('shown')}"

    def _write_image(self, image: OutgoingImage, path: str) -> None:
        target = self._folder / LAID_OUT_BELOW / self._one.track.value / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(image.read("shown"))

    def _labels(self) -> dict[str, str]:
        """Return each figure's path by its label; of two with one label the later gets a number."""
        labels: dict[str, str] = {}
        for image in self._one.images:
            label = image.slot_name
            if label and label in labels:
                label = f"{label} (image {image.position})"
            if label:
                labels[label] = self._path(image)
        return labels

    def _own_cells(self) -> dict[str, str]:
        one, gold = self._one, self._one.gold.body
        if one.track is Track.DIAGNOSIS:
            return {
                "answer_aliases": _json(spellings(gold.answer, gold.aliases)),
                "category": one.item.content.category,
                "ORPHA_code": gold.orpha_code,
            }
        if one.track is Track.CROSSMODAL:
            return {
                "golden_mainline": _json(list(self._mainline())),
                "relation_type": one.item.content.relation_type,
            }
        columns = OWN_COLUMNS[one.track]
        texts = _sorted_in(columns, gold.criteria)
        return {column: _json(texts[column]) for column in columns}

    def _mainline(self) -> Iterator[dict[str, object]]:
        """Yield the findings that count, each with the figures its claim rests on."""
        claims = {claim.text: claim for claim in self._one.gold.body.claims}
        for criterion in self._one.gold.body.criteria:
            if not criterion.active or criterion.points <= 0:
                continue
            links = self._links_of(claims.get(criterion.text))
            named = [getattr(link, "sha256", "") for link in links if link.type != "span"]
            images = [image for image in map(self._one.image_of, named) if image is not None]
            figures = list(dict.fromkeys(image.position for image in images))
            yield {"claim": criterion.text, "figures": figures}

    def _links_of(self, claim: GoldClaim | None) -> Sequence[EvidenceLink]:
        """Return the readers' evidence, or the benchmark's own links where nobody gave any."""
        if claim is None or claim.evidence:
            return claim.evidence if claim is not None else ()
        imported = self._one.item.claim(claim.claim_id)
        own = imported.links if imported is not None else ()
        return [link for link in own if link not in claim.refused]


def _sorted_in(columns: Sequence[str], criteria: Iterable[Criterion]) -> dict[str, list[str]]:
    """Return the active criteria's texts by column: what is bad by its points, the rest by key."""
    texts: dict[str, list[str]] = defaultdict(list)
    bad = columns[-1]
    for criterion in criteria:
        if not criterion.active or criterion.points == 0:
            continue
        red_flag = criterion.key.startswith("red_flag") and "red_flags_to_rule_out" in columns
        good = "red_flags_to_rule_out" if red_flag else columns[0]
        texts[bad if criterion.points < 0 else good].append(criterion.text)
    return texts


def spellings(answer: str, aliases: Sequence[str]) -> list[str]:
    """Return the names that count beside the answer, dashes also as spaces and hyphens.

    The loader compares words after deleting hyphens, so that 'Erdheim-Chester' is one word there
    and 'Erdheim Chester' two; dashes that are no hyphens it leaves in.
    """
    names = list(aliases)
    for name in (answer, *aliases):
        names += [_with_dashes_as(name, " "), _with_dashes_as(name, "-")]
    return [name for name in dict.fromkeys(names) if name.strip() and name != answer]


def _with_dashes_as(name: str, other: str) -> str:
    """Return a name with its dashes as another character; as it was where it has none."""
    dashed = [unicodedata.category(character) == "Pd" for character in name]
    if not any(dashed):
        return name
    changed = "".join(other if d else c for c, d in zip(name, dashed, strict=True))
    return " ".join(changed.split()) if other == " " else changed


def _text(text: str) -> str:
    """Return a text that pandas reads as a text: 'NA' would be nothing, 'NA ' is not."""
    return f"{text} " if text in NOT_A_TEXT and text else text


def _list_of_base64(encoded: Sequence[str]) -> str:
    """Return a JSON list of base64, in which nothing needs escaping."""
    # Looking for what to escape in a gigabyte would take a fifth of the export's time.
    return "[" + ", ".join(f'"{text}"' for text in encoded) + "]"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _indices_of(item_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return item id -> its index in the table, and that index as the loader comes to see it."""
    by_track: dict[Track, list[tuple[str, str, str]]] = defaultdict(list)
    for item_id in item_ids:
        track, dataset, index = _parts(item_id)
        by_track[track].append((item_id, dataset, index))
    return {
        item_id: pair
        for entries in by_track.values()
        for item_id, pair in zip(
            (entry[0] for entry in entries),
            _distinct([(dataset, index) for _, dataset, index in entries]),
            strict=True,
        )
    }


def _parts(item_id: str) -> tuple[Track, str, str]:
    """Return the track, dataset and index of an id; neither of the first two holds a slash."""
    dataset, track, index = item_id.split("/", 2)
    assert item_id_of(dataset, Track(track), index) == item_id
    return Track(track), dataset, index


def _distinct(named: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (written, seen) of the indices of one table.

    The loader reads the table with pandas, which makes a number of 001 where all are digits and
    nothing of NA, and names image files by the index. So digits stay as they are where all are
    digits and differ as numbers; what else would be changed gets the dataset's name in front, and
    characters a file's name cannot hold are written as %XX.
    """
    several = len({dataset for dataset, _ in named}) > 1
    indices = [f"{dataset}--{index}" if several else index for dataset, index in named]
    if all(_DIGITS.fullmatch(index) and index.isascii() for index in indices):
        seen = [str(int(index)) for index in indices]
        if len(set(seen)) == len(seen):
            return list(zip(indices, seen, strict=True))
    written = [
        _file_safe(f"{dataset}--{index}" if _would_change(index) else index)
        for (dataset, _), index in zip(named, indices, strict=True)
    ]
    return list(zip(written, written, strict=True))


def _would_change(index: str) -> bool:
    if index in NOT_A_TEXT or index.casefold() in {"true", "false"} or index != index.strip():
        return True
    return bool(_NUMBER.fullmatch(index)) and not _PLAIN_NUMBER.fullmatch(index)


def _file_safe(index: str) -> str:
    safe = "".join(c if c.isalnum() or c in _SAFE else quote(c, safe="") for c in index)
    if len(safe.encode()) <= _LONGEST_NAME:
        return safe
    return f"{index.encode()[:40].hex()}-{text_sha256(index)[:24]}"
