"""Masks on items: proposed for what leaks, put on as a new version, and taken off again."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from db import events, hits, images, items, masks, people, reviews, rounds
from db.database import Database, Transaction
from src.domain.errors import (
    BadInputError,
    ConflictError,
    ImageRejected,
    NotAllowedError,
    NotFoundError,
    ReviewToolError,
)
from src.domain.image import PATH, ImageRecord
from src.domain.item import Item, ItemView
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.masking import (
    BeforeAfter,
    BoxSpot,
    ConfirmedLeak,
    Mask,
    MaskHistory,
    MaskState,
    Spot,
    TextSpot,
    before_after,
    in_base,
    masked,
    same_place,
    spots_for,
    text_at,
    text_cuts,
    uncut,
)
from src.domain.people import Actor, Role
from src.domain.review import link_problem
from src.domain.round import OutdatedItem
from src.images.blackout import black_out
from src.images.store import ImageStore
from src.images.workshop import Workshop
from src.services import leak_standing, own_reading_first
from src.services.scanning import Scanning
from src.services.settling import (
    confirmed_leaks,
    may_still_read,
    standing_leaks,
)

Clock = Callable[[], datetime]
SEES = (Role.LEAD, Role.ADJUDICATOR)


class ItemMasks(BaseModel, frozen=True, extra="forbid"):
    """What a lead sees of an item's masks."""

    item_id: str
    version: int
    """The newest one."""
    base_version: int
    """The version without masks that they lie on."""
    base: ItemView
    newest: ItemView
    leaks: tuple[ConfirmedLeak, ...]
    standing: tuple[str, ...]
    """Units of the confirmed leaks that show in the newest version."""
    masks: tuple[Mask, ...]
    """The newest state of each, oldest first, those on an older base left out."""
    unmasked: tuple[str, ...]
    """Units that show and have no mask, not even a proposed one."""


class Proposal(BaseModel, frozen=True, extra="forbid"):
    """What was proposed, and the leaks for which there is nothing to hide."""

    masks: tuple[Mask, ...]
    without: tuple[str, ...]


class MaskReport(BaseModel, frozen=True, extra="forbid"):
    """What putting masks on, or taking them off, did."""

    item_id: str
    version: int | None
    """The new version; None where none was needed."""
    masks: tuple[Mask, ...]
    notes: tuple[str, ...] = ()
    unscanned: str = ""
    """Why the new version could not be scanned, which is still to do; empty when it is."""
    rounds: tuple[OutdatedItem, ...] = ()
    """The open rounds that still ask an older version, whose readings can never become gold."""


class Masking:
    """Proposes, applies and withdraws masks."""

    def __init__(
        self, database: Database, store: ImageStore, clock: Clock, scanning: Scanning
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._scanning = scanning

    def of_item(self, actor: Actor, item_id: str) -> ItemMasks:
        """Return the confirmed leaks and the masks of an item, and remember who has seen them."""
        actor.require(*SEES)
        self._remember(actor, item_id)
        with self._database.reading() as t:
            return _item_masks(t, item_id)

    def propose(self, actor: Actor, item_id: str) -> Proposal:
        """Propose masks for every confirmed leak that shows and has none yet.

        Every place of the same words in the field is offered. Raises NotAllowedError for an
        adjudicator who read the item.
        """
        actor.require(*SEES)
        self._remember(actor, item_id)
        with self._database.transaction() as t:
            people.require_now(t, actor, *SEES)
            place = _Place(t, item_id)
            shown = standing_leaks(t, item_id)
            leaks = [leak for leak in confirmed_leaks(t, item_id) if leak.unit in shown]
            new: list[Mask] = []
            without = []
            for leak in leaks:
                spots = place.spots(leak.flag, leak.item_version)
                if not spots:
                    without.append(leak.unit)
                reason = f"confirmed in the round {leak.round}"
                new += self._proposals(t, actor, place, leak.unit, spots, reason, by_lead=False)
            _bring_up(t, item_id)
            return Proposal(masks=tuple(new), without=tuple(dict.fromkeys(without)))

    def flag(
        self, actor: Actor, item_id: str, kind: LeakKind, place: LeakPlace, reason: str
    ) -> Proposal:
        """Flag a leak no reader flagged, by proposing masks for it; for the lead.

        The place lies in the newest version. From now on the leak counts as confirmed, until
        its masks are applied or withdrawn.
        """
        actor.require(Role.LEAD)
        if not reason.strip():
            raise BadInputError("Say why this gives the answer away. Nothing was proposed.")
        self._remember(actor, item_id)
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.LEAD)
            found = _Place(t, item_id)
            _check_place(t, found.newest, place)
            flag = LeakageFlag(kind=kind, place=place)
            spots = found.spots(flag, found.newest.version)
            if not spots:
                raise BadInputError(f"There is nothing to hide at {place.name!r} of {item_id!r}.")
            new = self._proposals(t, actor, found, flag.unit, spots, reason, by_lead=True)
            if not new:
                raise ConflictError("All of it is masked, or proposed to be, already.")
            _bring_up(t, item_id)
            return Proposal(masks=tuple(new), without=())

    def change(
        self,
        actor: Actor,
        mask_id: str,
        *,
        replacement: str | None = None,
        box: tuple[int, int, int, int] | None = None,
        reason: str | None = None,
    ) -> Mask:
        """Change a proposed mask: what stands there instead, the box, or the reason."""
        actor.require(*SEES)
        with self._database.transaction() as t:
            people.require_now(t, actor, *SEES)
            history = _history_with(t, mask_id)
            old = _known(history, mask_id)
            _require_settler(t, actor, old.item_id)
            if old.state is not MaskState.PROPOSED:
                raise ConflictError(f"This mask is {old.state.value}; only a proposed one changes.")
            spot = _changed(t, old, replacement, box)
            said = old.reason if reason is None else reason
            if (spot, said) == (old.spot, old.reason):
                return old
            return self._add(t, actor, old, "mask.changed", spot=spot, reason=said)

    def apply(self, actor: Actor, item_id: str, mask_ids: Sequence[str]) -> MaskReport:
        """Put proposed masks on, together with those that are on: one new version of the item.

        Evidence of the benchmark follows; readings stay with the version they are of. The new
        version is scanned for leaks at once. Raises ConflictError when the item or a mask
        changed meanwhile.
        """
        made = self._make(actor, item_id, mask_ids, MaskState.PROPOSED, "")
        return made.model_copy(update={"unscanned": self._scan(actor, item_id)})

    def withdraw(
        self, actor: Actor, item_id: str, mask_ids: Sequence[str], reason: str
    ) -> MaskReport:
        """Take masks off again: a new version with the text and the images back, scanned anew.

        A mask that was only proposed is withdrawn without a new version.
        """
        if not reason.strip():
            raise BadInputError("Say why the mask is withdrawn. Nothing was changed.")
        actor.require(Role.LEAD)
        with self._database.reading() as t:
            history = masks.history(t, item_id)
            waiting = [i for i in mask_ids if _known(history, i).state is MaskState.PROPOSED]
        on = [mask_id for mask_id in mask_ids if mask_id not in waiting]
        dropped = self._drop(actor, item_id, waiting, reason) if waiting else ()
        if not on:
            return MaskReport(item_id=item_id, version=None, masks=dropped)
        made = self._make(actor, item_id, on, MaskState.APPLIED, reason)
        unscanned = self._scan(actor, item_id)
        masks_now = (*dropped, *made.masks)
        return made.model_copy(update={"masks": masks_now, "unscanned": unscanned})

    def _scan(self, actor: Actor, item_id: str) -> str:
        """Scan a version that is stored, and return why that failed; empty when it did not."""
        try:
            self._scanning.scan(actor, [item_id])
        except ReviewToolError as fault:
            return str(fault)
        except Exception as fault:  # noqa: BLE001  a version that is stored must not look refused
            return f"The scan broke down ({type(fault).__name__})."
        return ""

    def before_after(
        self, actor: Actor, item_id: str, mask_ids: Sequence[str] | None = None
    ) -> BeforeAfter:
        """Set an item without masks beside the same with the ones that are on and those named.

        Without ids: with all that are proposed. The hash of a blacked image is known once it
        is applied.
        """
        actor.require(*SEES)
        self._remember(actor, item_id)
        with self._database.reading() as t:
            place = _Place(t, item_id)
            wanted = set(mask_ids) if mask_ids is not None else None
            chosen = [
                mask
                for mask in place.history.waiting(place.base.version)
                if wanted is None or mask.mask_id in wanted
            ]
            return before_after(place.base, [*place.active, *chosen], place.derived)

    def _make(
        self,
        actor: Actor,
        item_id: str,
        mask_ids: Sequence[str],
        state: MaskState,
        reason: str,
    ) -> MaskReport:
        actor.require(Role.LEAD)
        wanted = list(dict.fromkeys(mask_ids))
        if not wanted:
            raise BadInputError("Name at least one mask. Nothing was changed.")
        self._remember(actor, item_id)
        with self._database.reading() as t:
            place = _Place(t, item_id)
            chosen = [_in_state(place, mask_id, state) for mask_id in wanted]
        if state is MaskState.PROPOSED:
            on = [*place.active, *chosen]
        else:
            on = [mask for mask in place.active if mask.mask_id not in wanted]
        _check_restorable(place.base, on)
        with self._store.stage() as staging:
            records = self._blacked(staging.folder, on)
            staging.commit()
            with self._database.transaction() as t:
                people.require_now(t, actor, Role.LEAD)
                return self._store_version(t, actor, place, on, chosen, records, reason)

    def _store_version(
        self,
        t: Transaction,
        actor: Actor,
        place: _Place,
        on: Sequence[Mask],
        chosen: Sequence[Mask],
        records: Mapping[str, ImageRecord],
        reason: str,
    ) -> MaskReport:
        item_id = place.base.item_id
        now = _Place(t, item_id)
        if now.newest.version != place.newest.version or now.history != place.history:
            raise ConflictError(f"{item_id!r} or its masks changed meanwhile. Look again.")
        version = place.newest.version + 1
        hashes = {sha256: record.sha256 for sha256, record in records.items()}
        made = masked(place.base, on, hashes, version)
        at = self._clock()
        images.add_missing(t, records.values())
        items.add_versions(t, [made.item], at)
        events.append_row(t, "item.masked", actor.person_id, items.version_row(made.item, at), at)
        _carry_texts(t, actor, place.base, made.item, at)
        state = MaskState.WITHDRAWN if reason else MaskState.APPLIED
        kind = f"mask.{state.value}"
        rows = [
            self._add(
                t,
                actor,
                mask,
                kind,
                state=state,
                made_version=version,
                reason=reason or mask.reason,
            )
            for mask in chosen
        ]
        _bring_up(t, item_id)
        return MaskReport(
            item_id=item_id,
            version=version,
            masks=tuple(rows),
            notes=made.notes,
            rounds=tuple(rounds.outdated(t, item_id=item_id)),
        )

    def _blacked(self, folder: Path, on: Sequence[Mask]) -> dict[str, ImageRecord]:
        """Make the blacked copy of each image that has boxes; return base sha256 -> its record."""
        boxes: dict[str, list[BoxSpot]] = {}
        for mask in on:
            if isinstance(mask.spot, BoxSpot):
                boxes.setdefault(mask.spot.sha256, []).append(mask.spot)
        if not boxes:
            return {}
        jobs = []
        for sha256, spots in boxes.items():
            raw = self._store.open(sha256, "full", raw=True).read()
            made = _black(raw, spots)
            jobs.append((sha256, made, f"image-{spots[0].image}-masked.png"))
        records = {}
        with Workshop(folder, workers=1) as workshop:
            for sha256, result in workshop.prepare(jobs):
                if isinstance(result, ImageRejected):
                    raise BadInputError(f"{result.message} Nothing was masked.")
                records[sha256] = result.record
        return records

    def _drop(
        self, actor: Actor, item_id: str, mask_ids: Sequence[str], reason: str
    ) -> tuple[Mask, ...]:
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.LEAD)
            _require_settler(t, actor, item_id)
            history = masks.history(t, item_id)
            dropped = []
            for mask_id in dict.fromkeys(mask_ids):
                mask = _known(history, mask_id)
                if mask.state is not MaskState.PROPOSED:
                    raise ConflictError(f"The mask {mask_id!r} is {mask.state.value} by now.")
                given = {"state": MaskState.WITHDRAWN, "reason": reason}
                dropped.append(self._add(t, actor, mask, "mask.withdrawn", **given))
            _bring_up(t, item_id)
            return tuple(dropped)

    def _proposals(
        self,
        t: Transaction,
        actor: Actor,
        place: _Place,
        unit: str,
        spots: Sequence[Spot],
        reason: str,
        *,
        by_lead: bool,
    ) -> list[Mask]:
        """Store a mask for each spot that none lies on, or lay on before it was changed."""
        lasting = {m.mask_id for m in place.history.latest() if m.state is not MaskState.WITHDRAWN}
        taken = [
            mask.spot
            for mask in place.history.rows
            if mask.mask_id in lasting and mask.item_version == place.base.version
        ]
        new = []
        for spot in spots:
            if any(same_place(spot, other) for other in taken):
                continue
            taken.append(spot)
            first = Mask(
                mask_id=secrets.token_hex(8),
                revision=1,
                item_id=place.base.item_id,
                item_version=place.base.version,
                unit=unit,
                state=MaskState.PROPOSED,
                reason=reason,
                spot=spot,
                by_lead=by_lead,
                person=actor.person_id,
                at=self._clock(),
            )
            row = masks.add(t, first)
            events.append_row(t, "mask.proposed", actor.person_id, row, first.at)
            new.append(first)
        return new

    def _add(self, t: Transaction, actor: Actor, old: Mask, kind: str, **changes: object) -> Mask:
        """Store the next revision of a mask, with the event that proves it."""
        given = {"revision": old.revision + 1, "person": actor.person_id, "at": self._clock()}
        new = old.model_copy(update={**given, **changes})
        events.append_row(t, kind, actor.person_id, masks.add(t, new), new.at)
        return new

    def _remember(self, actor: Actor, item_id: str) -> None:
        """Refuse who may still read the item, and remember that the others have seen its flags."""
        with self._database.reading() as t:
            if items.get(t, item_id) is None:
                raise NotFoundError(f"There is no item {item_id!r}.")
            _require_settler(t, actor, item_id)
            known = people.get(t, actor.person_id)
            has_readings = any(missing <= 0 for *_, missing in rounds.rounds_asking(t, item_id))
            if known is None or not has_readings or people.is_exposed(t, known.person_id, item_id):
                return
        now = self._clock()
        with self._database.transaction() as t:
            people.expose(t, actor.person_id, item_id, "readings", now)
            target = f"exposure:{actor.person_id}/{item_id}"
            events.append(t, "readings.shown", actor.person_id, target, "0" * 64, now)


class _Place:
    """An item as masks see it: its newest version, its base, and the masks that are on."""

    def __init__(self, t: Transaction, item_id: str) -> None:
        newest = items.get(t, item_id)
        if newest is None:
            raise NotFoundError(f"There is no item {item_id!r}.")
        self.newest = newest
        self.history: MaskHistory = masks.history(t, item_id)
        self.base = _version(t, item_id, self.history.base(newest.version))
        self.active = self.history.active(newest.version)
        self.names = masks.names_of(t, self.base)
        self.hits = hits.of_version(t, item_id, self.base.version)
        hashes = [image.sha256 for image in self.base.content.images]
        self.records = images.records(t, hashes)
        pairs = zip(self.base.content.images, newest.content.images, strict=True)
        self.derived = {old.sha256: new.sha256 for old, new in pairs if old.sha256 != new.sha256}
        self._t = t

    def spots(self, flag: LeakageFlag, version: int) -> list[Spot]:
        """Return what would hide a flag of a version: its places in the base."""
        span = flag.place.span
        if self.history.base(version) != self.base.version:
            flag = self._found_anew(flag)
        elif span is not None:
            moved = in_base(self.base, self.history, version, span.field, span)
            place = flag.place.model_copy(update={"span": moved})
            flag = flag.model_copy(update={"place": place})
        sizes = {sha256: (record.width, record.height) for sha256, record in self.records.items()}
        return spots_for(flag, self.base, sizes, names=self.names, hits=self.hits)

    def _found_anew(self, flag: LeakageFlag) -> LeakageFlag:
        """Return a flag of another import: its words are looked for again, its box is kept."""
        span = flag.place.span
        if span is None:
            return flag
        text = text_at(self.base.content, span.field) or ""
        at = text.find(span.quote)
        if at < 0:
            return flag.model_copy(update={"place": flag.place.model_copy(update={"span": None})})
        moved = span.model_copy(update={"start": at, "end": at + len(span.quote)})
        return flag.model_copy(update={"place": flag.place.model_copy(update={"span": moved})})


def _carry_texts(t: Transaction, actor: Actor, base: Item, made: Item, at: datetime) -> None:
    """Give a version made of another one what its files said.

    A blacked copy is a new file; one that masks rename is no longer called by its path.
    """
    renamed = {
        image.position
        for image, old in zip(made.content.images, base.content.images, strict=True)
        if image.original_name != old.original_name
    }
    same = {
        image.position
        for image, old in zip(made.content.images, base.content.images, strict=True)
        if image.sha256 == old.sha256
    }
    key = base.item_id, base.version
    known = [one for one in images.texts_of(t, [key]).get(key, ()) if one.position in same]
    carried = []
    for number, one in enumerate(known, start=1):
        left = {PATH} if one.position in renamed else set()
        texts = {name: said for name, said in one.texts.items() if name not in left}
        new = {"version": made.version, "number": number, "texts": texts, "at": at}
        carried.append(one.model_copy(update=new))
    rows = images.add_texts(t, carried)
    proofs = [events.proof_of("image.texts", actor.person_id, row) for row in rows]
    events.append_all(t, proofs, at)


def _bring_up(t: Transaction, item_id: str) -> None:
    """Bring what lists and counts read of an item's leaks up to date."""
    leak_standing.count_anew(t, item_id)


def _check_place(t: Transaction, item: Item, place: LeakPlace) -> None:
    """Refuse a span or a box that does not lie in the item."""
    known = {image.position: image.sha256 for image in item.content.images}
    link = place.span or place.box
    wrong = None
    if place.image is not None and place.image not in known:
        wrong = f"The item has no image {place.image}."
    elif place.box is not None and place.box.sha256 != known[place.image or 0]:
        wrong = f"The box lies on another image than image {place.image}."
    elif link is not None:
        wrong = link_problem(item, images.records(t, known.values()), link)
    if wrong is not None:
        raise BadInputError(f"{wrong} Nothing was proposed.")


def _version(t: Transaction, item_id: str, version: int) -> Item:
    found = items.get(t, item_id, version)
    if found is None:
        raise NotFoundError(f"There is no version {version} of {item_id!r}.")
    return found


def _item_masks(t: Transaction, item_id: str) -> ItemMasks:
    place = _Place(t, item_id)
    standing = standing_leaks(t, item_id)
    base = place.base.version
    found = tuple(mask for mask in place.history.latest() if mask.item_version == base)
    covered = {mask.unit for mask in [*place.active, *place.history.waiting(base)]}
    return ItemMasks(
        item_id=item_id,
        version=place.newest.version,
        base_version=base,
        base=items.view(t, place.base),
        newest=items.view(t, place.newest),
        leaks=confirmed_leaks(t, item_id),
        standing=standing,
        masks=found,
        unmasked=tuple(unit for unit in standing if unit not in covered),
    )


def _require_settler(t: Transaction, actor: Actor, item_id: str) -> None:
    """Refuse whoever may still read the item, and an adjudicator who has read it."""
    if may_still_read(t, actor, item_id):
        raise NotAllowedError(f"You may still read {item_id!r}, so its flags are not for you yet.")
    own_reading_first.require_given(t, actor, item_id)
    if Role.LEAD not in actor.roles and _is_reader(t, actor, item_id):
        raise NotAllowedError("You read this item; somebody else proposes its masks.")


def _is_reader(t: Transaction, actor: Actor, item_id: str) -> bool:
    return reviews.has_read(t, actor.person_id, item_id) or any(
        rounds.slot_of(t, name, item_id, actor.person_id) is not None
        for name, *_ in rounds.rounds_asking(t, item_id)
    )


def _known(history: MaskHistory, mask_id: str) -> Mask:
    mask = next((mask for mask in history.latest() if mask.mask_id == mask_id), None)
    if mask is None:
        raise NotFoundError(f"There is no mask {mask_id!r} on this item.")
    return mask


def _history_with(t: Transaction, mask_id: str) -> MaskHistory:
    item_id = masks.item_of(t, mask_id)
    if item_id is None:
        raise NotFoundError(f"There is no mask {mask_id!r}.")
    return masks.history(t, item_id)


def _in_state(place: _Place, mask_id: str, state: MaskState) -> Mask:
    """Return a mask that is in the state an act needs, on the base that is in force."""
    mask = _known(place.history, mask_id)
    if mask.state is not state:
        raise ConflictError(f"The mask {mask_id!r} is {mask.state.value}, not {state.value}.")
    if mask.item_version != place.base.version:
        raise ConflictError(
            f"The mask {mask_id!r} lies on version {mask.item_version}, which an import replaced. "
            "Propose it anew."
        )
    return mask


def _changed(
    t: Transaction, old: Mask, replacement: str | None, box: tuple[int, int, int, int] | None
) -> Spot:
    spot = old.spot
    if isinstance(spot, TextSpot):
        if box is not None:
            raise BadInputError("A mask on text has no box.")
        if replacement is None:
            return spot
        return TextSpot.model_validate({**spot.model_dump(), "replacement": replacement})
    if replacement is not None:
        raise BadInputError("A mask on an image is black; it has no words.")
    if box is None:
        return spot
    x, y, width, height = box
    record = images.records(t, [spot.sha256])[spot.sha256]
    fits = min(x, y) >= 0 and x + width <= record.width and y + height <= record.height
    if not fits or min(width, height) < 1:
        raise BadInputError(f"The box leaves the {record.width}x{record.height} image.")
    return spot.model_copy(update={"x": x, "y": y, "width": width, "height": height})


def _check_restorable(base: Item, on: Sequence[Mask]) -> None:
    """Make sure, before anything is stored, that the quotes put every text back as it was."""
    made = masked(base, on, {}, base.version).item.content
    for field, spots in text_cuts(base.content, [mask.spot for mask in on]).items():
        if uncut(text_at(made, field) or "", spots) != text_at(base.content, field):
            raise BadInputError(f"The masks on {field!r} could not be taken off again.")


def _black(raw: bytes, spots: Sequence[BoxSpot]) -> bytes:
    try:
        return black_out(raw, [(spot.x, spot.y, spot.width, spot.height) for spot in spots])
    except ImageRejected as refusal:
        raise BadInputError(f"{refusal.message} Nothing was masked.") from refusal
