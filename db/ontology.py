"""The Orphanet file in force, its names, and the names that people have added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Select,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
)

from db.database import Transaction
from db.models import AliasRow, OntologyEntityRow, OntologyFileRow, OntologyNameRow, SlotRow
from src.domain.canonical import digest
from src.domain.ontology import (
    AddedAlias,
    Entity,
    NamedEntity,
    Ontology,
    OntologyFile,
    folded,
    unmarked,
)
from src.domain.scoring.disease_ontology import Disease

ORPHA, ITEM = "orpha:", "item:"
"""What the subject of an alias begins with."""
MOST_NAMES = 200
"""How many names of a search are ranked: the shortest ones."""


class LexiconParts(NamedTuple):
    """What a scan looks for, as far as it is the same for every item."""

    names: list[tuple[str, str, str]]
    """Text, ORPHA code, kind (term, synonym, added); of a moved entity with the new code."""
    genes: dict[str, tuple[str, ...]]
    related: dict[str, frozenset[str]]
    """Code -> the codes of its parents and children."""
    digest: str
    """With the same one all of this is the same."""


# ---- the file -----------------------------------------------------------------------------


def in_force(t: Transaction) -> OntologyFile | None:
    """Return the file that was imported last, or None."""
    row = t.scalar(select(OntologyFileRow).order_by(OntologyFileRow.number.desc()).limit(1))
    if row is None:
        return None
    return OntologyFile(
        number=row.number,
        sha256=row.sha256,
        name=row.name,
        version=row.version,
        entities=row.entities,
        at=row.at,
    )


def replace(
    t: Transaction, ontology: Ontology, sha256: str, name: str, at: datetime
) -> OntologyFileRow:
    """Put the content of a file in the place of the one before, and return the file's row."""
    before = in_force(t)
    row = OntologyFileRow(
        number=before.number + 1 if before else 1,
        sha256=sha256,
        name=name,
        version=ontology.version,
        entities=len(ontology.entities),
        at=at,
    )
    t.add(row)
    t.flush()
    _empty(t)
    _fill(t, ontology.entities)
    return row


def _empty(t: Transaction) -> None:
    t.execute(delete(OntologyNameRow))
    t.execute(delete(OntologyEntityRow))
    if _is_sqlite(t):
        t.execute(text("DELETE FROM ontology_search"))


def _fill(t: Transaction, entities: Sequence[Entity]) -> None:
    names = [
        {"orpha_code": e.orpha_code, "text": name, "kind": kind, "normal": folded(name)}
        for e in entities
        for name, kind in e.names.items()
    ]
    values = [e.model_dump(exclude={"synonyms"}) for e in entities]
    t.execute(insert(OntologyEntityRow), values)
    t.execute(insert(OntologyNameRow), names)
    if _is_sqlite(t):
        t.execute(
            text("INSERT INTO ontology_search (normal, orpha_code) VALUES (:normal, :orpha_code)"),
            names,
        )


def _is_sqlite(t: Transaction) -> bool:
    return t.get_bind().dialect.name == "sqlite"


# ---- looking up ---------------------------------------------------------------------------


def entity(t: Transaction, orpha_code: str) -> Entity | None:
    """Return an entity by its code, or None."""
    row = t.get(OntologyEntityRow, orpha_code)
    if row is None:
        return None
    names = t.scalars(
        select(OntologyNameRow.text)
        .where(OntologyNameRow.orpha_code == orpha_code, OntologyNameRow.kind == "synonym")
        .order_by(func.lower(OntologyNameRow.text), OntologyNameRow.text)
    )
    values = {name: getattr(row, name) for name in Entity.model_fields if name not in {"synonyms"}}
    return Entity.model_validate({**values, "synonyms": tuple(names)})


def terms(t: Transaction, codes: Iterable[str]) -> dict[str, str]:
    """Return code -> preferred term of those that are there."""
    query = select(OntologyEntityRow.orpha_code, OntologyEntityRow.term).where(
        OntologyEntityRow.orpha_code.in_(list(codes))
    )
    return {row.orpha_code: row.term for row in t.execute(query)}


def names_of(t: Transaction, codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return code -> all its names, and those of the code that stands for it now."""
    wanted = set(codes)
    now = {code: moved_to for code, (_, moved_to) in standings(t, wanted).items() if moved_to}
    query = (
        select(OntologyNameRow.orpha_code, OntologyNameRow.text)
        .where(OntologyNameRow.orpha_code.in_(wanted | set(now.values())))
        .order_by(OntologyNameRow.kind.desc(), OntologyNameRow.text)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for code, name in t.execute(query):
        found[code].append(name)
    names = {
        code: dict.fromkeys([*found.get(code, ()), *found.get(now.get(code, ""), ())])
        for code in wanted
    }
    return {code: tuple(of) for code, of in names.items() if of}


def standings(t: Transaction, codes: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return code -> (status, the code that stands for it now) of those that are there."""
    query = select(
        OntologyEntityRow.orpha_code, OntologyEntityRow.status, OntologyEntityRow.moved_to
    ).where(OntologyEntityRow.orpha_code.in_(list(codes)))
    return {code: (status, moved_to) for code, status, moved_to in t.execute(query)}


def named(t: Transaction, query: str) -> list[NamedEntity]:
    """Return names that hold words which begin as those of a folded query; the shortest ones.

    A single letter begins words of nearly all names: then only names that begin with it count.
    """
    words = query.split()
    if not words:
        return []
    if len(query) == 1:
        begun = _named_entities([OntologyNameRow.normal.startswith(query)])
        return [NamedEntity(*row) for row in t.execute(begun)]
    found = _from_sqlite(t, words) if _is_sqlite(t) else _from_postgresql(t, words)
    return found + _from_aliases(t, words)


def called(t: Transaction, normals: Iterable[str]) -> list[NamedEntity]:
    """Return the names with these folded spellings."""
    query = _named_entities([OntologyNameRow.normal.in_(list(normals))])
    return [NamedEntity(*row) for row in t.execute(query)]


def all_normals(t: Transaction) -> list[str]:
    """Return the folded spelling of every name, each once."""
    return list(t.scalars(select(OntologyNameRow.normal).distinct()))


def by_code(t: Transaction, orpha_code: str) -> list[NamedEntity]:
    """Return the entity with this code, under that name; none when it is not there."""
    row = t.get(OntologyEntityRow, orpha_code)
    if row is None:
        return []
    return [NamedEntity(orpha_code, orpha_code, orpha_code, row.term, row.status, row.moved_to)]


def _named_entities(
    shortest: Sequence[ColumnElement[bool]],
) -> Select[str, str, str, str, str, str]:
    """Return the query for the shortest names of which all this is true, with their entities."""
    name = OntologyNameRow
    names = (
        select(name.orpha_code, name.text, name.normal)
        .where(*shortest)
        .order_by(func.length(name.normal), name.normal, name.orpha_code)
        .limit(MOST_NAMES)
        .subquery()
    )
    return select(
        names.c.orpha_code,
        names.c.text,
        names.c.normal,
        OntologyEntityRow.term,
        OntologyEntityRow.status,
        OntologyEntityRow.moved_to,
    ).join(OntologyEntityRow, OntologyEntityRow.orpha_code == names.c.orpha_code)


_ON_SQLITE = text(
    "SELECT n.orpha_code, n.text, n.normal, e.term, e.status, e.moved_to "
    "FROM (SELECT normal, orpha_code FROM ontology_search WHERE ontology_search MATCH :words "
    "ORDER BY length(normal), normal, orpha_code LIMIT :most) AS s "
    "JOIN ontology_name AS n ON n.orpha_code = s.orpha_code AND n.normal = s.normal "
    "JOIN ontology_entity AS e ON e.orpha_code = n.orpha_code"
)


def _from_sqlite(t: Transaction, words: Sequence[str]) -> list[NamedEntity]:
    match = " ".join(f'"{word}"*' for word in words)
    rows = t.execute(_ON_SQLITE, {"words": match, "most": MOST_NAMES})
    return [NamedEntity(*row) for row in rows]


def _from_postgresql(t: Transaction, words: Sequence[str]) -> list[NamedEntity]:
    match = " & ".join(f"'{word}':*" for word in words)
    simple: ColumnClause[str] = literal_column("'simple'")
    vector = func.to_tsvector(simple, OntologyNameRow.normal)
    query = _named_entities([vector.op("@@")(func.to_tsquery(simple, match))])
    return [NamedEntity(*row) for row in t.execute(query)]


def _from_aliases(t: Transaction, words: Sequence[str]) -> list[NamedEntity]:
    query = select(AliasRow).where(AliasRow.subject.startswith(ORPHA))
    for word in words:
        query = query.where(AliasRow.normal.contains(word))
    rows = _standing(t.scalars(query.order_by(AliasRow.revision)))
    begun = [row for row in rows if _holds(row.normal.split(), words)]
    entities = {row.orpha_code: row for row in _entities(t, [_code_of(row) for row in begun])}
    return [
        NamedEntity(e.orpha_code, row.text, row.normal, e.term, e.status, e.moved_to)
        for row in begun
        if (e := entities.get(_code_of(row))) is not None
    ]


def _entities(t: Transaction, codes: Sequence[str]) -> Iterable[OntologyEntityRow]:
    if not codes:
        return ()
    return t.scalars(select(OntologyEntityRow).where(OntologyEntityRow.orpha_code.in_(codes)))


def _holds(words: Sequence[str], wanted: Sequence[str]) -> bool:
    return all(any(word.startswith(start) for word in words) for start in wanted)


def diseases(t: Transaction) -> list[Disease]:
    """Return every entity, as far as it is told from others."""
    entity = OntologyEntityRow
    query = select(
        entity.orpha_code, entity.term, entity.level, entity.parents, entity.status, entity.moved_to
    )
    return [
        Disease(code, unmarked(term), level, tuple(parents), status, moved_to)
        for code, term, level, parents, status, moved_to in t.execute(query)
    ]


def all_names(t: Transaction) -> list[tuple[str, str]]:
    """Return every name, with the code it is of."""
    query = select(OntologyNameRow.text, OntologyNameRow.orpha_code)
    return [(name, code) for name, code in t.execute(query)]


# ---- names that people have added ---------------------------------------------------------


def aliases_of(t: Transaction, subject: str) -> list[AddedAlias]:
    """Return the names that were added to a subject and not taken back, in that order."""
    query = select(AliasRow).where(AliasRow.subject == subject).order_by(AliasRow.revision)
    return _aliases(_standing(t.scalars(query)))


def alias_texts(t: Transaction, subjects: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return subject -> the names that were added to it and not taken back."""
    query = select(AliasRow).where(AliasRow.subject.in_(list(subjects))).order_by(AliasRow.revision)
    found: dict[str, list[str]] = defaultdict(list)
    for alias in _aliases(_standing(t.scalars(query))):
        found[alias.subject].append(alias.text)
    return {subject: tuple(texts) for subject, texts in found.items()}


def all_aliases(t: Transaction, kind: str = "") -> list[AddedAlias]:
    """Return all names that stand, of subjects of one kind (ORPHA, ITEM) or of both."""
    query = select(AliasRow).where(AliasRow.subject.startswith(kind)).order_by(AliasRow.revision)
    return sorted(_aliases(_standing(t.scalars(query))), key=lambda a: (a.subject, a.text))


def newest_alias(t: Transaction, subject: str, alias: str) -> AliasRow | None:
    """Return the newest row of a name of a subject, or None when it was never given."""
    return t.scalar(
        select(AliasRow)
        .where(AliasRow.subject == subject, AliasRow.text == alias)
        .order_by(AliasRow.revision.desc())
        .limit(1)
    )


def add_alias(
    t: Transaction, subject: str, alias: str, person: str, at: datetime, *, withdrawn: bool
) -> AliasRow:
    """Store that a person gave a name, or took it back, and return the row."""
    before = newest_alias(t, subject, alias)
    revision = before.revision + 1 if before else 1
    row = AliasRow(
        alias_id=digest([subject, alias, revision])[:16],
        subject=subject,
        text=alias,
        normal=folded(alias),
        revision=revision,
        withdrawn=withdrawn,
        person=person,
        at=at,
    )
    t.add(row)
    t.flush()
    return row


def is_reader(t: Transaction, person_id: str, item_id: str) -> bool:
    """Tell whether a person has, or had, an item before them in some round."""
    query = select(SlotRow.item_id).where(SlotRow.person == person_id, SlotRow.item_id == item_id)
    return t.scalar(query.limit(1)) is not None


def _standing(rows: Iterable[AliasRow]) -> list[AliasRow]:
    """Return of each name the newest row, unless it takes the name back."""
    newest = {(row.subject, row.text): row for row in rows}
    return [row for row in newest.values() if not row.withdrawn]


def _aliases(rows: Iterable[AliasRow]) -> list[AddedAlias]:
    found = [
        AddedAlias(subject=row.subject, text=row.text, person=row.person, at=row.at) for row in rows
    ]
    return sorted(found, key=lambda alias: (alias.at, alias.text))


def _code_of(row: AliasRow) -> str:
    return row.subject.removeprefix(ORPHA)


# ---- what a scan looks for ----------------------------------------------------------------


def lexicon_digest(t: Transaction) -> str:
    """Return the digest of what a scan looks for in every item, without reading it."""
    return _digest(in_force(t), all_aliases(t, ORPHA))


def lexicon_parts(t: Transaction) -> LexiconParts:
    """Return the names of the ontology in force and those added to its entities."""
    aliases = all_aliases(t, ORPHA)
    rows = list(t.execute(select(*_COLUMNS).order_by(OntologyEntityRow.orpha_code)))
    now = {code: moved_to for code, status, moved_to, *_ in rows if status == "moved"}
    names = [
        (text_, now.get(code, code), kind)
        for code, text_, kind in t.execute(
            select(OntologyNameRow.orpha_code, OntologyNameRow.text, OntologyNameRow.kind).order_by(
                OntologyNameRow.orpha_code, OntologyNameRow.text
            )
        )
    ]
    added = [(a.text, a.subject.removeprefix(ORPHA), "added") for a in aliases]
    return LexiconParts(
        names=names + [(text_, now.get(code, code), kind) for text_, code, kind in added],
        genes={row.orpha_code: tuple(row.genes) for row in rows if row.genes},
        related=_related({row.orpha_code: row.parents for row in rows}),
        digest=_digest(in_force(t), aliases),
    )


_COLUMNS = (
    OntologyEntityRow.orpha_code,
    OntologyEntityRow.status,
    OntologyEntityRow.moved_to,
    OntologyEntityRow.genes,
    OntologyEntityRow.parents,
)


def _related(parents: dict[str, list[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for code, above in parents.items():
        for parent in above:
            found[code].add(parent)
            found[parent].add(code)
    return {code: frozenset(others) for code, others in found.items()}


def _digest(file: OntologyFile | None, aliases: Sequence[AddedAlias]) -> str:
    names = sorted([alias.subject, alias.text] for alias in aliases)
    return digest([file.sha256 if file else "", names])
