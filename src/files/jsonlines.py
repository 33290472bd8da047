"""RareReview's own JSON Lines: items of all six tracks, and releases of gold."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Annotated, BinaryIO, Literal

from pydantic import BaseModel, Field, JsonValue, ValidationError

from src.domain.canonical import canonical_json
from src.domain.derivation import Point, derive_points, make_criteria
from src.domain.errors import Problem
from src.domain.evidence import EvidenceLink, Sha256, TextSpan
from src.domain.item import CaseRecord, Criterion, Finding, Item, Track, item_id_of
from src.files.export_manifest import left_out_beside
from src.files.faults import FileFault
from src.files.ids import SeenIds, check_id
from src.files.image_paths import check_name, resolve_inside
from src.files.incoming import FileHead, GivenClaim, IncomingImage, IncomingItem, fill_ids
from src.files.json_records import JsonRecord, json_records, problems_of
from src.files.lines import LineFault, Lines
from src.files.strict_json import parse_json
from src.files.tables import no_rows

ITEMS = "rare-review/items/1"
RELEASE = "rare-review/release/1"
Text = Annotated[str, Field(min_length=1)]
TrackName = Literal[
    "diagnosis", "treatment", "crossmodal", "examination", "differential", "evidence"
]


class _Strict(BaseModel, frozen=True, extra="forbid", strict=True):
    """A line or a part of one: nothing unknown, nothing converted."""


class _ImageLine(_Strict, frozen=True):
    path: Text | None = None
    base64: Text | None = Field(default=None, repr=False)
    name: str = ""
    slot_name: str = ""
    caption: str = ""
    sha256: Sha256 | None = None


class _ClaimLine(_Strict, frozen=True):
    text: Text
    kind: str = "statement"
    images: list[int] = Field(default_factory=list)
    required: bool = True
    claim_id: Text | None = None
    links: list[EvidenceLink] = Field(default_factory=list)


class _CriterionLine(_Strict, frozen=True):
    text: Text
    key: str = ""
    kind: Literal["binary", "ordinal"] = "binary"
    maximum: int = Field(default=1, ge=1)
    points: float = 1.0
    required: bool = True
    criterion_id: Text | None = None
    active: bool = True


class _ItemLine(_Strict, frozen=True):
    dataset: str | None = None
    track: TrackName
    index: str
    case: CaseRecord | None = None
    question: str
    context: str = ""
    answer: str
    aliases: list[Text] = Field(default_factory=list)
    category: str = ""
    orpha_code: str = ""
    modality: str = ""
    relation_type: str = ""
    findings: list[Finding] = Field(default_factory=list)
    images: list[_ImageLine] = Field(default_factory=list)
    claims: list[_ClaimLine] | None = None
    criteria: list[_CriterionLine] | None = None
    decisive_images: list[int] = Field(default_factory=list)
    supporting_images: list[int] = Field(default_factory=list)
    extra: dict[str, str] = Field(default_factory=dict)
    version: int | None = Field(default=None, ge=1)
    gold: dict[str, JsonValue] | None = None


class _HeadLine(_Strict, frozen=True):
    format: Literal["rare-review/items/1", "rare-review/release/1"]
    dataset: str | None = None
    release: dict[str, JsonValue] | None = None


def read(
    path: Path, *, dataset: str | None = None, image_root: Path | None = None
) -> Iterator[IncomingItem | Problem]:
    """Yield the items of a file and what is wrong with it, in the order of its lines.

    An item's dataset is its own, else the head's, else `dataset`. Relative image paths start
    at `image_root`, else at the file's own folder.
    """
    if dataset is not None:
        check_id(dataset, slash=False)
    return read_lines(Lines(path), dataset=dataset, image_root=image_root)


def read_lines(
    lines: Lines, *, dataset: str | None = None, image_root: Path | None = None
) -> Iterator[IncomingItem | Problem]:
    """Yield the items of a file whose lines are given; the file is open while this runs."""
    reader = _Reader(dataset, image_root or lines.path.parent, lines.path)
    head_only = False
    with lines:
        for record in json_records(lines):
            if isinstance(record, Problem):
                head_only = False
                yield record
            elif record.number == 1 and "format" in record.value:
                faults = reader.head(record)
                yield from faults
                if faults:
                    return
                head_only = True
            else:
                head_only = False
                yield from reader.item(record)
    if head_only:
        yield no_rows()


def read_head(path: Path) -> FileHead | None:
    """Return what the first line says about the file; None where it is an item or unreadable."""
    with Lines(path) as lines:
        try:
            value = parse_json(next(lines, ""))
            return _head_of(_HeadLine.model_validate(value))
        except (LineFault, FileFault, ValidationError):
            return None


def _head_of(line: _HeadLine) -> FileHead:
    return FileHead(format=line.format, dataset=line.dataset, release=line.release)


class _Reader:
    """Makes items of lines."""

    def __init__(self, dataset: str | None, root: Path, path: Path) -> None:
        self._dataset = dataset
        self._root = root
        self._left_out = left_out_beside(path)
        self._seen = SeenIds()

    def head(self, record: JsonRecord) -> list[Problem]:
        """Take what the first line says; return what is wrong with it."""
        if record.value["format"] not in (ITEMS, RELEASE):
            text = f"The format {str(record.value['format'])[:100]!r} is not known here:"
            return [
                FileFault("unknown_format", f"{text} {ITEMS!r} and {RELEASE!r} are.").at(
                    record.line, "format"
                )
            ]
        try:
            head = _head_of(_HeadLine.model_validate(record.value))
        except ValidationError as error:
            return problems_of(error, record.line)
        self._dataset = head.dataset or self._dataset
        return []

    def item(self, record: JsonRecord) -> list[IncomingItem | Problem]:
        """Return the item of a line, or everything that is wrong with it."""
        try:
            line = _ItemLine.model_validate(record.value, strict=True)
        except ValidationError as error:
            return list(problems_of(error, record.line))
        dataset = line.dataset or self._dataset or ""
        made = _Making(record.line, line, dataset, self._root, self._left_out)
        return made.result(self._seen)


class _Making:
    """One item in the making, with what is found wrong on the way."""

    def __init__(
        self,
        number: int,
        line: _ItemLine,
        dataset: str,
        root: Path,
        left_out: Mapping[str, str],
    ) -> None:
        self._number = number
        self._line = line
        self._dataset = dataset
        self._root = root
        self._left_out = left_out
        self._problems: list[Problem] = []

    def result(self, seen: SeenIds) -> list[IncomingItem | Problem]:
        """Return the item, or everything that is wrong with it."""
        line = self._line
        self._check_ids(seen)
        self._check_positions()
        self._check_spans()
        if not line.question.strip():
            self._refuse("question", FileFault("empty_field", "The question is empty."))
        for place, image in enumerate(line.images):
            self._check(f"images[{place}].name", partial(check_name, image.name))
        images = [self._image(n, image) for n, image in enumerate(line.images)]
        points, criteria = self._points(), self._criteria()
        if self._problems:
            return list(self._problems)
        own_id = item_id_of(self._dataset, Track(line.track), line.index)
        plain = line.model_dump(
            include={"question", "context", "answer", "category", "orpha_code", "modality"}
        )
        item = IncomingItem(
            **plain,
            line=self._number,
            dataset=self._dataset,
            track=Track(line.track),
            index=line.index,
            case=line.case or CaseRecord(case_id=own_id),
            aliases=tuple(line.aliases),
            relation_type=line.relation_type,
            findings=tuple(line.findings),
            images=tuple(image for image in images if image),
            points=tuple(points),
            criteria=criteria,
            decisive_images=tuple(line.decisive_images),
            supporting_images=tuple(line.supporting_images),
            extra=line.extra,
            version=line.version,
            gold=line.gold,
        )
        return [item]

    def _refuse(self, column: str, fault: FileFault) -> None:
        self._problems.append(fault.at(self._number, column))

    def _check(self, column: str, check: Callable[[], None]) -> None:
        try:
            check()
        except FileFault as fault:
            self._refuse(column, fault)

    def _check_ids(self, seen: SeenIds) -> None:
        if self._dataset:
            self._check("dataset", lambda: check_id(self._dataset, slash=False))
        else:
            text = "No dataset is named, neither here nor in the first line: add it."
            self._refuse("dataset", FileFault("missing_field", text))
        self._check("index", lambda: check_id(self._line.index))
        self._check("index", lambda: self._note(seen))
        self._check_unique("claims", "claim_id", [c.claim_id for c in self._line.claims or []])
        given = [c.criterion_id for c in self._line.criteria or []]
        self._check_unique("criteria", "criterion_id", given)

    def _note(self, seen: SeenIds) -> None:
        if self._line.index.strip():
            seen.add(self._dataset, Track(self._line.track), self._line.index, self._number)

    def _check_unique(self, part: str, field: str, ids: Sequence[str | None]) -> None:
        for place, own in enumerate(ids):
            if own is not None and own in ids[:place]:
                text = f"The id {own!r} stands twice in one item: every one needs its own."
                self._refuse(f"{part}[{place}].{field}", FileFault("duplicate_id", text))

    def _check_positions(self) -> None:
        line, last = self._line, len(self._line.images)
        named = {f"claims[{n}].images": c.images for n, c in enumerate(line.claims or [])}
        named |= {"decisive_images": line.decisive_images}
        named |= {"supporting_images": line.supporting_images}
        for column, positions in named.items():
            for place, position in enumerate(positions):
                if not 1 <= position <= last:
                    text = f"There is no image {position}: the item has {last}, counted from 1."
                    self._refuse(f"{column}[{place}]", FileFault("out_of_range", text))

    def _check_spans(self) -> None:
        for place, claim in enumerate(self._line.claims or []):
            for number, link in enumerate(claim.links):
                if isinstance(link, TextSpan) and not self._holds(link):
                    text = f"The span's quote does not stand at {link.start} in {link.field!r}."
                    fault = FileFault("bad_span", text)
                    self._refuse(f"claims[{place}].links[{number}]", fault)

    def _holds(self, span: TextSpan) -> bool:
        line = self._line
        texts = {"question": line.question, "context": line.context, "answer": line.answer}
        texts |= {f"caption:{n}": image.caption for n, image in enumerate(line.images, 1)}
        texts |= {f"finding:{n}": finding.body for n, finding in enumerate(line.findings, 1)}
        return texts.get(span.field, "")[span.start : span.end] == span.quote

    def _image(self, place: int, image: _ImageLine) -> IncomingImage | None:
        column = f"images[{place}]"
        if (image.path is None) == (image.base64 is None):
            text = "An image is given by 'path' or by 'base64': by one of them."
            self._refuse(column, FileFault("image_source", text))
            return None
        column += ".path" if image.path is not None else ".base64"
        try:
            path = None if image.path is None else resolve_inside(self._root, image.path)
        except FileFault as fault:
            self._refuse(column, self._explained(fault, image))
            return None
        return IncomingImage(
            name=image.name or image.path or f"image-{place + 1}",
            path=path,
            named_path=_named_path(image),
            base64=image.base64,
            slot_name=image.slot_name,
            caption=image.caption,
            sha256=image.sha256,
            column=column,
        )

    def _explained(self, fault: FileFault, image: _ImageLine) -> FileFault:
        """Return why an export left an image out, and what to do, where that is what it misses."""
        reason = self._left_out.get(image.sha256 or "")
        if reason is None or fault.rule != "missing_file":
            return fault
        text = (
            f"The image {image.path!r} was left out of this export: {reason}. Who may have it puts "
            "its file there under that name; the lead of the study it comes from can write a "
            "copy with all images."
        )
        return FileFault(fault.rule, text)

    def _points(self) -> list[Point]:
        line = self._line
        if line.claims is None:
            return derive_points(Track(line.track), line.answer, (), line.relation_type)
        blank = [n for n, claim in enumerate(line.claims) if not claim.text.strip()]
        for place in blank:
            fault = FileFault("empty_field", "The claim is empty.")
            self._refuse(f"claims[{place}].text", fault)
        return [_given(claim) for claim in line.claims]

    def _criteria(self) -> tuple[Criterion, ...]:
        stated = self._line.criteria
        if stated is None:
            return _derived_criteria(self._line)
        ids = fill_ids([c.criterion_id for c in stated], "k")
        return tuple(
            Criterion(criterion_id=own, **c.model_dump(exclude={"criterion_id"}))
            for own, c in zip(ids, stated, strict=True)
        )


def _given(claim: _ClaimLine) -> GivenClaim:
    return GivenClaim(
        text=claim.text,
        kind=claim.kind,
        images=tuple(claim.images),
        required=claim.required,
        claim_id=claim.claim_id,
        links=tuple(claim.links),
    )


def _named_path(image: _ImageLine) -> str:
    """Return the path an image is given by beside its name; an export's says only its hash."""
    if not image.path or not image.name or PurePosixPath(image.path).stem == image.sha256:
        return ""
    return image.path


def _derived_criteria(line: _ItemLine) -> tuple[Criterion, ...]:
    """Return the criteria of stated points, where the line has no 'criteria' of its own."""
    points = [c for c in line.claims or [] if c.kind not in {"final_diagnosis", "relation"}]
    if Track(line.track) is Track.CROSSMODAL:
        return make_criteria([("mainline", [c.text for c in points], 1.0, True)])
    if Track(line.track) is not Track.EVIDENCE:
        return ()
    required = [c.text for c in points if c.required]
    optional = [c.text for c in points if not c.required]
    return make_criteria(
        [("required_point", required, 1.0, True), ("optional_point", optional, 0.5, False)]
    )


def write(
    target: Path | BinaryIO, head: FileHead | None, lines: Iterable[Mapping[str, object]]
) -> int:
    """Write a head and lines as canonical JSON, each ended by a line feed; return how many.

    The same values always give the same bytes. A path is written beside itself and then put
    in place, so that a broken write leaves the old file.
    """
    if not isinstance(target, Path):
        return _write(target, head, lines)
    unfinished = target.with_name(target.name + ".part")
    with unfinished.open("wb") as stream:
        written = _write(stream, head, lines)
    unfinished.replace(target)
    return written


def _write(stream: BinaryIO, head: FileHead | None, lines: Iterable[Mapping[str, object]]) -> int:
    if head is not None:
        stream.write(_bytes(head.model_dump(mode="json", exclude_none=True)))
    written = 0
    for line in lines:
        stream.write(_bytes(line))
        written += 1
    return written


def _bytes(line: Mapping[str, object]) -> bytes:
    return canonical_json(line).encode() + b"\n"


def to_bytes(head: FileHead | None, lines: Iterable[Mapping[str, object]]) -> bytes:
    """Return what `write` writes, for files small enough to hold."""
    stream = io.BytesIO()
    write(stream, head, lines)
    return stream.getvalue()


def line_of(
    item: Item, image_paths: Mapping[str, str], *, gold: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Return an item as a line: everything `read` needs to make the same item again.

    `image_paths` gives the path of each image's file by its sha256, relative to the file.
    """
    dataset, _, index = item.item_id.partition(f"/{item.track.value}/")
    content = item.content.model_dump(mode="json", exclude={"images"})
    images = [
        {
            "path": image_paths[image.sha256],
            "sha256": image.sha256,
            "name": image.original_name,
            "slot_name": image.slot_name,
            "caption": image.caption,
        }
        for image in item.content.images
    ]
    line: dict[str, object] = {
        **content,
        "dataset": dataset,
        "track": item.track.value,
        "index": index,
        "version": item.version,
        "case": item.case.model_dump(mode="json"),
        "images": images,
        "claims": [claim.model_dump(mode="json") for claim in item.claims],
        "criteria": [criterion.model_dump(mode="json") for criterion in item.criteria],
    }
    return line if gold is None else {**line, "gold": dict(gold)}
