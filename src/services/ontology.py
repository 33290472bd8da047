"""The Orphanet file of the study: taking it over, looking entities up, and adding names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from db import events, items, ontology, people
from db.database import Database, Transaction
from db.ontology import ITEM, ORPHA
from src.domain.errors import BadInputError, NotAllowedError, NotFoundError
from src.domain.ontology import (
    ATTRIBUTION,
    LONGEST_ALIAS,
    AddedAlias,
    Entity,
    Found,
    OntologyFile,
    Spelling,
    bare_code,
    by_rank,
    folded,
    found_by,
    missing_parents,
)
from src.domain.people import Actor, Role
from src.files.orphanet import read_ontology

Clock = Callable[[], datetime]
GIVES_NAMES = (Role.REVIEWER, Role.ADJUDICATOR, Role.LEAD)
LONGEST_QUERY = 200
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class OntologyReport(BaseModel, frozen=True, extra="forbid"):
    """What an Orphanet file brought."""

    file: OntologyFile
    changed: bool
    """False when this file was in force already."""
    names: int
    missing_parents: int
    """Parents that are named and have no entry of their own."""
    attribution: str = ATTRIBUTION


class Relative(BaseModel, frozen=True, extra="forbid"):
    """Another entity, by code and preferred term; the term is empty where it has no entry."""

    orpha_code: str
    term: str = ""


class EntityView(BaseModel, frozen=True, extra="forbid"):
    """An entity as it is shown."""

    entity: Entity
    parents: tuple[Relative, ...]
    moved_to: Relative | None
    aliases: tuple[AddedAlias, ...]
    """Names added in this study; who gave them is told to leads, and to whoever gave them."""
    attribution: str = ATTRIBUTION


class Ontologies:
    """What the study knows of diseases. Without a file everything is empty, and nothing breaks."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._spelling: tuple[int, Spelling] | None = None

    def store_file(self, actor: Actor, path: Path) -> OntologyReport:
        """Take an Orphanet file over in place of the one before; names that people added stay.

        The file in force once more changes nothing. Raises BadInputError, and changes nothing,
        when anything is wrong with the file.
        """
        actor.require(Role.LEAD, Role.ADMIN)
        found = read_ontology(path)
        sha256 = file_sha256(path)
        now = self._clock()
        with self._database.transaction() as t:
            before = ontology.in_force(t)
            changed = before is None or before.sha256 != sha256
            if changed:
                row = ontology.replace(t, found, sha256, path.name, now)
                events.append_row(t, "ontology.stored", actor.person_id, row, now)
            file = ontology.in_force(t)
        assert file is not None
        return OntologyReport(
            file=file,
            changed=changed,
            names=sum(len(entity.names) for entity in found.entities),
            missing_parents=missing_parents(found.entities),
        )

    def in_force(self, actor: Actor) -> OntologyFile | None:
        """Return the file that look-ups go by, or None."""
        actor.require(*Role)
        with self._database.reading() as t:
            return ontology.in_force(t)

    def search(self, actor: Actor, text: str, size: int = 12) -> list[Found]:
        """Return entities by code, or by words that begin any of their names, the best first.

        When there is none, the nearest by spelling come, marked as near.
        """
        actor.require(*Role)
        query = folded(text[:LONGEST_QUERY])
        if not query:
            return []
        with self._database.reading() as t:
            by_code = [found_by(name) for name in ontology.by_code(t, bare_code(text))]
            by_name = by_rank(query, ontology.named(t, query), size)
            found = by_code + [f for f in by_name if f.orpha_code != bare_code(text)]
            return found[:size] or self._near(t, query, size)

    def entity(self, actor: Actor, code: str) -> EntityView | None:
        """Return an entity by its code, bare or as 'ORPHA:35687'; None when there is none."""
        actor.require(*Role)
        with self._database.reading() as t:
            entity = ontology.entity(t, bare_code(code))
            if entity is None:
                return None
            terms = ontology.terms(t, [*entity.parents, entity.moved_to])
            aliases = ontology.aliases_of(t, f"{ORPHA}{entity.orpha_code}")

        def relative(code: str) -> Relative:
            return Relative(orpha_code=code, term=terms.get(code, ""))

        return EntityView(
            entity=entity,
            parents=tuple(relative(parent) for parent in entity.parents),
            moved_to=relative(entity.moved_to) if entity.moved_to else None,
            aliases=tuple(_as_seen(actor, alias) for alias in aliases),
        )

    def terms(self, actor: Actor, codes: Iterable[str]) -> dict[str, str]:
        """Return bare code -> preferred term, of those that are known."""
        actor.require(*Role)
        wanted = {bare_code(code) for code in codes if code.strip()}
        if not wanted:
            return {}
        with self._database.reading() as t:
            return ontology.terms(t, wanted)

    def aliases(self, actor: Actor, subject: str = "") -> list[AddedAlias]:
        """Return the names that people added and nobody took back, of one subject or of all."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            if subject:
                return ontology.aliases_of(t, _subject(subject))
            return ontology.all_aliases(t)

    def add_alias(self, actor: Actor, subject: str, text: str) -> AddedAlias:
        """Add a name to an entity ('orpha:35687') or an item ('item:ID'); it stays, attributed.

        A name that stands already is returned as it is. A reader adds to items they were given.
        """
        actor.require(*GIVES_NAMES)
        subject, alias = _subject(subject), " ".join(_checked(text).split())
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, *GIVES_NAMES)
            _check_subject(t, actor, subject)
            _check_new(t, subject, alias)
            before = ontology.newest_alias(t, subject, alias)
            if before is None or before.withdrawn:
                before = ontology.add_alias(
                    t, subject, alias, actor.person_id, now, withdrawn=False
                )
                events.append_row(t, "alias.added", actor.person_id, before, now)
            return AddedAlias(subject=subject, text=alias, person=before.person, at=before.at)

    def withdraw_alias(self, actor: Actor, subject: str, text: str) -> None:
        """Take a name back: one's own, or as a lead anybody's. That it was there stays known."""
        actor.require(*GIVES_NAMES)
        subject, now = _subject(subject), self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, *GIVES_NAMES)
            before = ontology.newest_alias(t, subject, text)
            if before is None or before.withdrawn:
                raise NotFoundError(f"{subject!r} has no added name {text!r}.")
            if before.person != actor.person_id and Role.LEAD not in actor.roles:
                raise NotAllowedError("Only who added a name, or a lead, takes it back.")
            row = ontology.add_alias(t, subject, text, actor.person_id, now, withdrawn=True)
            events.append_row(t, "alias.withdrawn", actor.person_id, row, now)

    def _near(self, t: Transaction, query: str, size: int) -> list[Found]:
        spelling = self._spelling_of(t)
        mended = spelling.mended(query)
        if mended and mended != query:
            found = by_rank(mended, ontology.named(t, mended), size)
            if found:
                return [one.model_copy(update={"near": True}) for one in found]
        best: dict[str, Found] = {}
        nearest = spelling.nearest(query, size)
        names = ontology.called(t, nearest)
        for name in sorted(names, key=lambda name: (nearest.index(name.normal), name)):
            best.setdefault(name.orpha_code, found_by(name, near=True))
        return list(best.values())[:size]

    def _spelling_of(self, t: Transaction) -> Spelling:
        """Return the words of the file in force, read again only when another one came."""
        file = ontology.in_force(t)
        number = file.number if file is not None else 0
        if self._spelling is None or self._spelling[0] != number:
            self._spelling = number, Spelling(ontology.all_normals(t))
        return self._spelling[1]


def file_sha256(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_seen(actor: Actor, alias: AddedAlias) -> AddedAlias:
    told = alias.person == actor.person_id or actor.roles & {Role.LEAD, Role.ADMIN}
    return alias if told else alias.model_copy(update={"person": ""})


def _checked(text: str) -> str:
    if not folded(text):
        raise BadInputError("A name needs at least one letter or digit.")
    if len(text) > LONGEST_ALIAS:
        raise BadInputError(f"A name has at most {LONGEST_ALIAS} characters.")
    if _UNPRINTABLE.search(text):
        raise BadInputError("A name stands on one line and holds nothing that cannot be seen.")
    return text


def _subject(text: str) -> str:
    """Return a subject as it is stored: 'ORPHA:35687' and '35687' are 'orpha:35687'."""
    code = bare_code(text)
    return f"{ORPHA}{code}" if code else text


def _check_subject(t: Transaction, actor: Actor, subject: str) -> None:
    """Refuse a subject that is not there, or is an item that is not the actor's."""
    if subject.startswith(ORPHA):
        code = subject.removeprefix(ORPHA)
        if ontology.in_force(t) is not None and ontology.entity(t, code) is None:
            raise NotFoundError(f"There is no ORPHA:{code} in the Orphanet file in force.")
        return
    item_id = subject.removeprefix(ITEM)
    is_theirs = Role.LEAD in actor.roles or ontology.is_reader(t, actor.person_id, item_id)
    if not subject.startswith(ITEM) or not is_theirs or items.get(t, item_id) is None:
        raise NotFoundError(
            f"There is no {subject!r} for you to name: give 'ORPHA:35687' or 'item:ID'."
        )


def _check_new(t: Transaction, subject: str, alias: str) -> None:
    if not subject.startswith(ORPHA):
        return
    entity = ontology.entity(t, subject.removeprefix(ORPHA))
    if entity is not None and alias in entity.names:
        raise BadInputError(f"{alias!r} is a name of ORPHA:{entity.orpha_code} already.")
