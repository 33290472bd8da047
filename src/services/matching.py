"""The queue of disease names that only a person can tell, and what people say of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeGuard

from pydantic import BaseModel

from db import events, items, match_rulings, ontology, people, predictions
from db.database import Database, Transaction
from db.models import MatchRulingRow
from db.ontology import ITEM
from src.domain.errors import BadInputError, ConflictError, NotFoundError
from src.domain.item import Item, Track
from src.domain.match_ruling import MatchRuling, Ruled
from src.domain.ontology import LONGEST_ALIAS
from src.domain.people import Actor, Role
from src.domain.prediction import Prediction
from src.domain.renamed import DISEASE_TRACKS
from src.domain.scoring.disease_match import DiseaseMatch, bare_name
from src.services import own_reading_first
from src.services.answer_scores import (
    Asked,
    as_imported,
    disease_in,
    name_key,
    named_in,
)
from src.services.disease_names import known_names

Clock = Callable[[], datetime]
RULES: Final = (Role.EVALUATOR, Role.LEAD, Role.ADJUDICATOR)
"""Not readers: what models answered would be before them while they read."""
PAGE: Final = 50
LOOKED_AT: Final = 200
"""Items one call looks at at most: the cost of a page does not grow with the study."""
MODELS_NAMED: Final = 5
KNOWN_SHOWN: Final = 8
WITHIN_ITEM: Final = re.compile(r"(.+)#(\d{1,6})", re.DOTALL)
BEHIND_ALL: Final = "\U0010ffff"
"""Behind every folded name."""


class DoubtfulName(BaseModel, frozen=True, extra="forbid"):
    """A name in answers to an item, of which the matcher cannot say whether it is the disease."""

    item_id: str
    track: Track
    name: str
    """As the first answer wrote it, without number, lead-in and hedge."""
    answer: str
    """The item's own."""
    against: str
    """The known name it is close to; empty where there is none."""
    explanation: str
    known: tuple[str, ...] = ()
    """Other names of the item's disease: its own, those review accepted, those of its code."""
    models: tuple[str, ...]
    """The first of those whose answer waits for it."""
    answers: int


class QueuePage(BaseModel, frozen=True, extra="forbid"):
    """Some doubtful names, and where the next begin."""

    names: tuple[DoubtfulName, ...]
    after: str = ""
    """Where to go on: behind an item, or, as 'ITEM#3', behind its first names. Empty at the end."""
    kept_back: int = 0
    """Items with such names that the actor is to read first: their names are not here."""


class RulingPage(BaseModel, frozen=True, extra="forbid"):
    """Some of what people said of names, and where the rest begins."""

    rulings: tuple[MatchRuling, ...]
    after: str = ""
    """The last ruling as 'ITEM#FOLDED NAME'; empty at the end."""


class Matching:
    """Lists what the matcher leaves to people, and stores what they say: each a row and an event.

    A ruling costs no judge call and moves the strict scores at once.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def queue(
        self, actor: Actor, after: str = "", size: int = 25, condition: str = "full"
    ) -> QueuePage:
        """Return the next `size` names that wait, item by item, or as many as 249 items have.

        Only names that keep an answer from its score: in a list in which another name is surely
        the disease, nothing waits. What models answered to an item the actor still has to read is
        left out, and counted.
        """
        actor.require(*RULES)
        behind, seen = self._place(after)
        ids = [behind] if seen else self._ids_after(behind)
        found: list[DoubtfulName] = []
        looked_at = kept_back = 0
        while ids and looked_at < LOOKED_AT:
            kept = self._kept_from(actor, ids)
            for item_id, names in self._doubts(ids, condition):
                waiting = [] if item_id in kept else names[seen:]
                room = size - len(found)
                if waiting and room <= 0:
                    return QueuePage(names=tuple(found), after=behind, kept_back=kept_back)
                found += waiting[:room]
                if len(waiting) > room:
                    place = f"{item_id}#{seen + room}"
                    return QueuePage(names=tuple(found), after=place, kept_back=kept_back)
                kept_back += bool(names) and item_id in kept
                behind, seen, looked_at = item_id, 0, looked_at + 1
            ids = self._ids_after(behind)
        return QueuePage(names=tuple(found), after=behind if ids else "", kept_back=kept_back)

    def rulings(self, actor: Actor, after: str = "", size: int = 25) -> RulingPage:
        """Return what people said and nobody took back, behind a ruling or behind an item.

        What was said of an item the actor still has to read is left out.
        """
        actor.require(*RULES)
        with self._database.reading() as t:
            found = match_rulings.standing(t, _ruling_place(t, after), size + 1)
            page = found[:size]
            kept = own_reading_first.kept_from(t, actor, [ruling.item_id for ruling in page])
        last = f"{page[-1].item_id}#{page[-1].normal}" if len(found) > size else ""
        return RulingPage(
            rulings=tuple(ruling for ruling in page if ruling.item_id not in kept), after=last
        )

    def accept(self, actor: Actor, item_id: str, name: str) -> MatchRuling:
        """Say that a name is the item's disease: it is an alias of the item from now on.

        The same once more changes nothing. Raises ConflictError where somebody else said otherwise.
        """
        return self._rule(actor, item_id, name, Ruled.ACCEPTED)

    def reject(self, actor: Actor, item_id: str, name: str) -> MatchRuling:
        """Say that a name is another disease than the item's. Raises as accept does."""
        return self._rule(actor, item_id, name, Ruled.REJECTED)

    def reopen(self, actor: Actor, item_id: str, name: str) -> None:
        """Take back what was said of a name, whoever said it: it waits again."""
        actor.require(*RULES)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, *RULES)
            own_reading_first.require_told(t, actor, item_id)
            before = match_rulings.newest(t, item_id, name_key(name))
            if before is None or before.ruling == match_rulings.WITHDRAWN:
                raise NotFoundError(f"Nothing was said of {name!r} as an answer to {item_id!r}.")
            self._store(t, actor, item_id, before.name, match_rulings.WITHDRAWN, "", now)
            self._alias(t, actor, item_id, before.name, now, withdrawn=True)

    def _rule(self, actor: Actor, item_id: str, name: str, ruling: Ruled) -> MatchRuling:
        actor.require(*RULES)
        bare = " ".join(bare_name(name).split())
        if not bare or len(bare) > LONGEST_ALIAS:
            raise BadInputError(
                f"A name of 1 to {LONGEST_ALIAS} characters can be ruled on, not {bare[:80]!r}."
            )
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, *RULES)
            own_reading_first.require_told(t, actor, item_id)
            match = _doubt_of(_asked(t, item_id), bare)
            before = match_rulings.newest(t, item_id, name_key(bare))
            if before is not None and before.ruling == ruling.value:
                return match_rulings.of_row(before)
            if _stands(before) and before.person != actor.person_id:
                raise ConflictError(_said_otherwise(t, before))
            row = self._store(t, actor, item_id, bare, ruling.value, match.matched or "", now)
            accepted = ruling is Ruled.ACCEPTED
            self._alias(t, actor, item_id, bare, now, withdrawn=not accepted)
            return match_rulings.of_row(row)

    def _store(
        self,
        t: Transaction,
        actor: Actor,
        item_id: str,
        name: str,
        ruling: str,
        against: str,
        now: datetime,
    ) -> MatchRulingRow:
        row = match_rulings.add(
            t, item_id, name_key(name), name, ruling, against, actor.person_id, now
        )
        events.append_row(t, f"match.{ruling}", actor.person_id, row, now)
        return row

    def _alias(
        self,
        t: Transaction,
        actor: Actor,
        item_id: str,
        name: str,
        now: datetime,
        *,
        withdrawn: bool,
    ) -> None:
        """Make an accepted name the item's alias, or take it away again, where that is new."""
        subject = f"{ITEM}{item_id}"
        before = ontology.newest_alias(t, subject, name)
        stands = before is not None and not before.withdrawn
        if stands is not withdrawn:
            return
        row = ontology.add_alias(t, subject, name, actor.person_id, now, withdrawn=withdrawn)
        kind = "alias.withdrawn" if withdrawn else "alias.added"
        events.append_row(t, kind, actor.person_id, row, now)

    def _place(self, after: str) -> tuple[str, int]:
        """Return the item to go on behind, or in, and how many of its names were seen."""
        found = WITHIN_ITEM.fullmatch(after)
        if found is None:
            return after, 0
        with self._database.reading() as t:
            return (after, 0) if _is_item(t, after) else (found[1], int(found[2]))

    def _kept_from(self, actor: Actor, ids: list[str]) -> set[str]:
        with self._database.reading() as t:
            return own_reading_first.kept_from(t, actor, ids)

    def _ids_after(self, after: str) -> list[str]:
        """Return the next items of the tracks that ask for a disease, in the tracks' order.

        Behind what is no item of such a track they begin anew.
        """
        tracks = [track for track in Track if track in DISEASE_TRACKS]
        start = next((n for n, track in enumerate(tracks) if f"/{track.value}/" in after), 0)
        with self._database.reading() as t:
            for track in tracks[start:]:
                behind = after if f"/{track.value}/" in after else ""
                if ids := items.ids_after(t, behind, PAGE, track):
                    return ids
        return []

    def _doubts(self, ids: list[str], condition: str) -> Iterator[tuple[str, list[DoubtfulName]]]:
        with self._database.reading() as t:
            given: dict[str, list[Prediction]] = defaultdict(list)
            for answer in predictions.answers(t, condition, ids):
                given[answer.item_id].append(answer)
            newest = _newest(t, list(given))
            names = known_names(t, newest.values())
        for item_id in ids:
            item = newest.get(item_id)
            if item is None:
                yield item_id, []
                continue
            yield item_id, _doubtful(names.added(as_imported(item)), given[item_id])


def _is_item(t: Transaction, text: str) -> bool:
    return bool(items.latest_versions(t, [text]))


def _ruling_place(t: Transaction, after: str) -> tuple[str, str]:
    """Return the item and folded name to go on behind; behind an item, of all its names."""
    item_id, sign, name = after.rpartition("#")
    if not after:
        return "", ""
    return (after, BEHIND_ALL) if not sign or _is_item(t, after) else (item_id, name)


def _stands(row: MatchRulingRow | None) -> TypeGuard[MatchRulingRow]:
    return row is not None and row.ruling != match_rulings.WITHDRAWN


def _said_otherwise(t: Transaction, row: MatchRulingRow) -> str:
    who = people.get(t, row.person)
    name = who.display_name if who is not None else row.person
    says = "the same disease" if row.ruling == Ruled.ACCEPTED.value else "another disease"
    return (
        f"{name} has said already that {row.name!r} is {says}. Nothing was changed. If you think "
        "otherwise, talk it over, take that back under 'what was said', and decide anew."
    )


def _newest(t: Transaction, ids: list[str]) -> dict[str, Item]:
    latest = items.latest_versions(t, ids) if ids else {}
    return items.get_many(t, [(item_id, version) for item_id, (version, *_) in latest.items()])


def _asked(t: Transaction, item_id: str) -> Asked:
    item = _newest(t, [item_id]).get(item_id)
    if item is None or item.track not in DISEASE_TRACKS:
        raise NotFoundError(f"There is no item {item_id!r} that asks for a disease.")
    return known_names(t, [item]).added(as_imported(item))


def _doubt_of(asked: Asked, name: str) -> DiseaseMatch:
    """Return why a name waits; refuse one that is decided without anybody."""
    undecided = replace(asked, ruled={}, accepted=(), track=Track.DIAGNOSIS)
    match = disease_in(undecided, name)
    if match.match is None:
        return match
    raise BadInputError(f"Nothing is open about {name!r}. {match.explanation}")


def _known(asked: Asked) -> tuple[str, ...]:
    """Return other names of the disease, each once."""
    named = dict.fromkeys([*asked.names[1:], *asked.accepted, *asked.orpha_names])
    return tuple(name for name in named if name != asked.names[0])[:KNOWN_SHOWN]


def _doubtful(asked: Asked, answers: list[Prediction]) -> list[DoubtfulName]:
    """Return the doubtful names of an item's answers, each once, in the order they come."""
    newest = {
        answer.model: answer for answer in answers if answer.visible_sha256 == asked.visible_sha256
    }
    waiting: dict[str, list[tuple[str, str, DiseaseMatch]]] = defaultdict(list)
    for model, answer in newest.items():
        named = named_in(asked, answer.text)
        if any(match.match for _, match in named):
            continue
        for name, match in named:
            if match.match is None and len(bare_name(name)) <= LONGEST_ALIAS:
                waiting[name_key(name)].append((model, name, match))
    return [
        DoubtfulName(
            item_id=asked.item_id,
            track=asked.track,
            name=bare_name(found[0][1]),
            answer=asked.names[0],
            against=found[0][2].matched or "",
            explanation=found[0][2].explanation,
            known=_known(asked),
            models=tuple(dict.fromkeys(model for model, _, _ in found))[:MODELS_NAMED],
            answers=len({model for model, _, _ in found}),
        )
        for found in waiting.values()
    ]
