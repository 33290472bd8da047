"""The Orphanet nomenclature: a table, or Orphanet's own en_product1 as XML or JSON."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self, cast
from xml.etree.ElementTree import Element, ParseError, iterparse
from xml.parsers import expat

from pydantic import BaseModel, JsonValue
from rapidfuzz import fuzz

from src.domain.errors import PROBLEMS_SHOWN, BadInputError, Problem
from src.domain.ontology import Entity, Ontology, Status, bare_code
from src.files.faults import FileFault, missing_file, require_file
from src.files.lines import Lines
from src.files.mmrarebench import MISSPELT
from src.files.strict_json import parse_json
from src.files.tables import Row, Table, no_rows

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

REQUIRED = ("orpha_code", "preferred_term", "synonyms")
OPTIONAL = ("disorder_type", "group_level", "genes", "parents", "definition")
MOST_BYTES = 256 * 1024 * 1024
"""The most a file may hold, unpacked: Orphanet's own has about 40 MB."""
PACKED = ".gz"
MOVED, REFERRED = "moved to", "referred to"
_INACTIVE = re.compile(r"obsolete|deprecated|^inactive$", re.IGNORECASE)
_NOT_RARE = re.compile(r"non[- ]?rare", re.IGNORECASE)
_OBSOLETE = re.compile(r"obsolete:", re.IGNORECASE)
_LIST = re.compile(r'"Disorder"\s*:\s*\[')
_SPACE = re.compile(r"\s*")
_DANGEROUS = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_USED = {
    "OrphaCode", "OrphaNumber", "Name", "SynonymList", "DisorderType", "DisorderGroup",
    "DisorderFlagList", "DisorderDisorderAssociationList", "SummaryInformationList",
    "TextualInformationList",
}  # fmt: skip
"""The parts of an entry that are read."""


class _Entry(BaseModel, frozen=True):
    """One entry as the file has it."""

    line: int
    code: str
    term: str
    synonyms: list[str]
    kind: str = ""
    level: str = ""
    flags: list[str] = []
    relations: list[tuple[str, str]] = []
    """What it is to another entry, in words, and that one's code."""
    definition: str = ""
    genes: list[str] = []
    parents: list[str] = []


class _Entries:
    """The entities read so far, and what is wrong with the file."""

    def __init__(self, code_column: str, term_column: str) -> None:
        self._code_column = code_column
        self._term_column = term_column
        self._lines: dict[str, int] = {}
        self.entities: list[Entity] = []
        self.problems: list[Problem] = []

    def add(self, entry: _Entry) -> None:
        """Note an entry, or everything that is wrong with it."""
        faults = list(self._faults(entry))
        self.problems += faults
        if not faults:
            self.entities.append(_entity(entry))

    def _faults(self, entry: _Entry) -> Iterator[Problem]:
        code = bare_code(entry.code)
        if not code:
            text = f"{entry.code[:100]!r} is no ORPHA code: it has one to seven digits."
            yield FileFault("bad_code", text).at(entry.line, self._code_column)
        elif code in self._lines:
            text = f"The ORPHA code {code} stands here and in line {self._lines[code]}: keep one."
            yield FileFault("code_twice", text).at(entry.line, self._code_column)
        self._lines.setdefault(code, entry.line)
        if not entry.term:
            text = f"The entry {entry.code[:100]!r} has no preferred term."
            yield FileFault("no_term", text).at(entry.line, self._term_column)
        for parent in entry.parents:
            if not bare_code(parent):
                text = f"{parent[:100]!r} is no ORPHA code: it has one to seven digits."
                yield FileFault("bad_code", text).at(entry.line, "parents")


def read_ontology(path: Path) -> Ontology:
    """Read an Orphanet file whole: .tsv, .xml or .json, each also packed as .gz.

    Raises BadInputError with every problem, the first 200 in full, when anything is wrong.
    """
    require_file(path)
    read = _READERS.get(_suffix(path))
    if read is None:
        text = f"{path.name!r} is of no known format: Orphanet files end in .tsv, .xml or .json."
        raise _refusal(path, [FileFault("unknown_format", text).at(None)])
    try:
        version, found = read(path)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        fault = FileFault("bad_gzip", f"The file cannot be unpacked: {error}.")
        raise _refusal(path, [fault.at(None)]) from error
    except FileFault as fault:
        raise _refusal(path, [fault.at(None)]) from fault
    if not found.entities and not found.problems:
        found.problems.append(no_rows())
    if found.problems:
        raise _refusal(path, found.problems)
    return Ontology(version=version, entities=tuple(found.entities))


def _suffix(path: Path) -> str:
    name = path.name.lower().removesuffix(PACKED)
    return Path(name).suffix


def _refusal(path: Path, problems: list[Problem]) -> BadInputError:
    first, more = problems[0], len(problems) - 1
    where = f", line {first.line}" if first.line is not None else ""
    rest = f" There are {more} more problems." if more else ""
    message = f"{path.name!r}{where}: {first.message}{rest} Nothing of the file was taken over."
    return BadInputError(message, problems[:PROBLEMS_SHOWN])


# ---- what an entry means ------------------------------------------------------------------


def _entity(entry: _Entry) -> Entity:
    status, moved_to = _standing(entry)
    own = {entry.term}
    return Entity(
        orpha_code=bare_code(entry.code),
        term=entry.term,
        synonyms=tuple(name for name in dict.fromkeys(entry.synonyms) if name not in own),
        kind=entry.kind,
        level=entry.level,
        status=status,
        moved_to=moved_to,
        definition=entry.definition,
        genes=tuple(dict.fromkeys(entry.genes)),
        parents=tuple(dict.fromkeys(bare_code(parent) for parent in entry.parents)),
    )


def _standing(entry: _Entry) -> tuple[Status, str]:
    """Return whether an entry is in use, and which one stands for it otherwise.

    An association stands with both of its ends; only the one that leads away counts. What is
    too frequent in Europe to be rare is inactive at Orphanet, and still the name of a disease.
    """
    not_rare = any(_NOT_RARE.search(flag) for flag in entry.flags)
    flagged = [flag for flag in entry.flags if _INACTIVE.search(flag)]
    retired = [flag for flag in flagged if not (not_rare and flag.casefold() == "inactive")]
    if not retired and not _OBSOLETE.match(entry.term):
        return "active", ""
    away = [(words, code) for words, code in entry.relations if code != bare_code(entry.code)]
    moved = next((code for words, code in away if words == MOVED), "")
    if moved:
        return "moved", moved
    return "obsolete", next((code for words, code in away if words == REFERRED), "")


# ---- the table ----------------------------------------------------------------------------


def _read_table(path: Path) -> tuple[str, _Entries]:
    found = _Entries("orpha_code", "preferred_term")
    with _UnpackedLines(path) as lines:
        table = Table(lines, "\t")
        found.problems += table.header()
        if table.columns:
            found.problems += _column_problems(table)
        if not found.problems:
            for row in table.rows():
                _add_row(found, row)
    return "", found


class _UnpackedLines(Lines):
    """The lines of a file that may be packed."""

    def __enter__(self) -> Self:
        self._file = _opened(self.path)
        return self


def _column_problems(table: Table) -> Iterator[Problem]:
    columns, line = table.columns, table.header_line
    for name in (*REQUIRED, *OPTIONAL):
        if name in columns:
            continue
        near = next((c for c in columns if _is_near(c, name)), None)
        if near is not None:
            text = f"The column {near!r} is not known, and {name!r} is missing: is that meant?"
            yield FileFault("unknown_column", text).at(line, near)
        elif name in REQUIRED:
            text = f"The column {name!r} is missing from the header."
            yield FileFault("missing_column", text).at(line, name)


def _is_near(column: str, name: str) -> bool:
    known = column in REQUIRED or column in OPTIONAL
    return not known and fuzz.ratio(column.strip().casefold(), name) >= MISSPELT


def _add_row(found: _Entries, row: Row | Problem) -> None:
    if isinstance(row, Problem):
        found.problems.append(row)
        return
    cells = row.cells
    entry = _Entry(
        line=row.line,
        code=cells["orpha_code"].strip(),
        term=cells["preferred_term"].strip(),
        synonyms=_parts(cells["synonyms"], "; "),
        kind=cells.get("disorder_type", "").strip(),
        level=cells.get("group_level", "").strip(),
        definition=cells.get("definition", "").strip(),
        genes=_parts(cells.get("genes", ""), ";"),
        parents=_parts(cells.get("parents", ""), ";"),
    )
    found.add(entry)


def _parts(cell: str, separator: str) -> list[str]:
    """Split a cell; a name may hold a semicolon, but none with a space behind it."""
    return [part.strip() for part in cell.split(separator) if part.strip()]


# ---- Orphanet's own XML -------------------------------------------------------------------


def _read_xml(path: Path) -> tuple[str, _Entries]:
    lines = iter(_lines_of_entries(path))
    found, version, has_synonyms = _Entries("OrphaCode", "Name"), "", False
    with _opened(path) as file:
        parts = iterparse(file, ("start", "end"))  # noqa: S314  _lines_of_entries lets no DTD pass
        root = holder = next(parts)[1]
        if root.tag != "JDBOR":
            raise _not_orphanet(f"The first element is <{root.tag}>, not <JDBOR>.")
        version = root.get("version", "").strip()
        for event, node in parts:
            if event == "start":
                holder = node if node.tag == "DisorderList" else holder
            elif node.tag == "Disorder":
                has_synonyms = has_synonyms or node.find("SynonymList") is not None
                found.add(_entry_of(node, next(lines)))
                holder.clear()
    _check_product(has_synonyms, found)
    return version, found


def _lines_of_entries(path: Path) -> list[int]:
    """Read an XML file for its form alone: return the line in which each entry begins.

    A document type is refused before anything in it is looked at, so that no entity of it
    is ever expanded.
    """
    lines: list[int] = []
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        text = "The file declares a document type or entities: Orphanet's own files have none."
        raise _refusal(path, [FileFault("xml_doctype", text).at(parser.CurrentLineNumber)])

    def note(tag: str, _: object) -> None:
        if tag == "Disorder":
            lines.append(parser.CurrentLineNumber)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = note
    try:
        with _opened(path) as file:
            parser.ParseFile(file)
    except (expat.ExpatError, ParseError, ValueError, LookupError) as error:
        line = parser.ErrorLineNumber or None
        text = f"The file is not well-formed XML: {expat.ErrorString(parser.ErrorCode) or error}."
        raise _refusal(path, [FileFault("not_xml", text).at(line)]) from error
    return lines


def _entry_of(node: Element, line: int) -> _Entry:
    associations = node.iterfind("DisorderDisorderAssociationList/DisorderDisorderAssociation")
    return _Entry(
        line=line,
        code=_text(node.find("OrphaCode")) or _text(node.find("OrphaNumber")),
        term=_english(node.findall("Name")),
        synonyms=[name for name in map(_text, node.iterfind("SynonymList/Synonym")) if name],
        kind=_english(node.findall("DisorderType/Name")),
        level=_english(node.findall("DisorderGroup/Name")),
        flags=[_text(label) for label in node.iterfind("DisorderFlagList/DisorderFlag/Label")],
        relations=[relation for one in associations for relation in _relation(one)],
        definition=_text(node.find(".//TextSection/Contents")),
    )


def _relation(association: Element) -> Iterator[tuple[str, str]]:
    code = bare_code(_text(association.find("TargetDisorder/OrphaCode")))
    words = _english(association.findall("DisorderDisorderAssociationType/Name"))
    if code:
        yield words.casefold(), code


def _english(names: list[Element]) -> str:
    english = [name for name in names if name.get("lang", "en") == "en"]
    return next((text for text in map(_text, english or names) if text), "")


def _text(node: Element | None) -> str:
    return " ".join((node.text or "").split()) if node is not None else ""


# ---- Orphanet's own JSON ------------------------------------------------------------------


def _read_json(path: Path) -> tuple[str, _Entries]:
    """Read the entries one after the other: all at once they would fill the memory."""
    source = _decoded(path)
    begins = _LIST.search(source)
    if begins is None:
        raise _not_orphanet('There is no list "Disorder" in it.')
    found, has_synonyms = _Entries("OrphaCode", "Name"), False
    place, line, counted = _behind(source, begins.end()), 1, 0
    while source[place : place + 1] not in {"]", ""}:
        line, counted = line + source.count("\n", counted, place), place
        value, place = _entry_at(path, source, place)
        node = Element("Disorder")
        _fill(node, {name: part for name, part in value.items() if name in _USED})
        has_synonyms = has_synonyms or node.find("SynonymList") is not None
        found.add(_entry_of(node, line))
    version = _version(path, source[: begins.end()], source[place:], _line(source, place))
    _check_product(has_synonyms, found)
    return version, found


def _decoded(path: Path) -> str:
    with _opened(path) as file:
        raw = file.read()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        text = f"The file is not UTF-8 at byte {error.start}: save it as UTF-8 and try again."
        raise _refusal(path, [FileFault("encoding", text).at(line)]) from error


def _entry_at(path: Path, source: str, start: int) -> tuple[dict[str, JsonValue], int]:
    """Return the entry that begins here, and where the next one, or the list's end, stands."""
    try:
        value, end = json.JSONDecoder().raw_decode(source, start)
        if _DANGEROUS.search(source, start, end):
            parse_json(source[start:end])
        if not isinstance(value, dict):
            raise FileFault("wrong_type", "An entry of the list is no object.")
    except json.JSONDecodeError as error:
        text = f"The file is not JSON at column {error.colno}: {error.msg}."
        raise _refusal(path, [FileFault("bad_json", text).at(error.lineno)]) from error
    except RecursionError as error:
        deep = FileFault("too_deep", "Too many lists or objects stand inside each other.")
        raise _refusal(path, [deep.at(_line(source, start))]) from error
    except FileFault as fault:
        raise _refusal(path, [fault.at(_line(source, start))]) from fault
    following = _behind(source, end)
    if source.startswith(",", following):
        following = _behind(source, following + 1)
        if source.startswith("{", following):
            return value, following
    elif source.startswith("]", following):
        return value, following
    text = "The file is not JSON: a comma and an entry, or the end of the list, is missing."
    raise _refusal(path, [FileFault("bad_json", text).at(_line(source, following))])


def _behind(source: str, place: int) -> int:
    """Return the next place that is no space."""
    space = _SPACE.match(source, place)
    return space.end() if space is not None else place


def _version(path: Path, before: str, behind: str, line: int) -> str:
    """Check what stands around the entries, and return the version it names."""
    try:
        frame = json.loads(before + behind)
    except (json.JSONDecodeError, RecursionError) as error:
        text = "What stands around the list of entries is not JSON; the file may be cut off."
        raise _refusal(path, [FileFault("bad_json", text).at(line)]) from error
    for root in _objects(frame.get("JDBOR") if isinstance(frame, dict) else None):
        if any(part.get("Disorder") == [] for part in _objects(root.get("DisorderList"))):
            return str(root.get("version", "")).strip()
    raise _not_orphanet('The entries do not stand in "JDBOR", "DisorderList".')


def _line(source: str, place: int) -> int:
    return source.count("\n", 0, place) + 1


def _objects(value: object) -> Iterator[dict[str, JsonValue]]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield one


def _fill(node: Element, parts: dict[str, JsonValue]) -> None:
    """Give an element what an object holds: the JSON nests as the XML does."""
    for name, value in parts.items():
        if name == "label":
            node.text = str(value)
        elif name == "lang":
            node.set(name, str(value))
        else:
            for one in value if isinstance(value, list) else [value]:
                child = Element(name)
                node.append(child)
                if isinstance(one, dict):
                    _fill(child, one)
                elif one is not None:
                    child.text = str(one)


# ---- what all share -----------------------------------------------------------------------


def _not_orphanet(why: str) -> FileFault:
    text = f"This is not Orphanet's en_product1. {why}"
    return FileFault("not_orphanet", text)


def _check_product(has_synonyms: bool, found: _Entries) -> None:
    if not has_synonyms and found.entities:
        raise _not_orphanet("No entry has a list of synonyms, so that it is another product.")


def _opened(path: Path) -> BinaryIO:
    """Open a file that may be packed; reading stops where it holds more than it may."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise missing_file(path, f"cannot be opened ({error.strerror})") from error
    packed = path.name.lower().endswith(PACKED)
    unpacked = gzip.GzipFile(fileobj=file) if packed else file
    return io.BufferedReader(_Bounded(file, cast(BinaryIO, unpacked)), 1024 * 1024)


class _Bounded(io.RawIOBase):
    """A file's bytes up to a bound, so that a small packed file cannot fill the memory."""

    def __init__(self, file: BinaryIO, unpacked: BinaryIO) -> None:
        self._file = file
        self._unpacked = unpacked
        self._left = MOST_BYTES

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read the next bytes; refuse those behind the bound."""
        into = memoryview(buffer).cast("B")
        found = self._unpacked.read(len(into))
        self._left -= len(found)
        if self._left < 0:
            text = f"The file holds more than {MOST_BYTES:,} bytes, the most it may."
            raise FileFault("file_too_large", text)
        into[: len(found)] = found
        return len(found)

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            self._file.close()
        super().close()


_READERS: dict[str, Callable[[Path], tuple[str, _Entries]]] = {
    ".tsv": _read_table,
    ".xml": _read_xml,
    ".json": _read_json,
}
