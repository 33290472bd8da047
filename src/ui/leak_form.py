"""Leaks: where and how the item gives its answer away."""

from __future__ import annotations

from src.domain.errors import BadInputError
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.review import ReviewBody
from src.ui.body_edits import with_flag, with_flag_at, without_flag
from src.ui.draft_session import Change, Edit, OpenDraft
from src.ui.hit_form import ANSWERS, hit_cards, hit_change
from src.ui.hit_marks import own_flags
from src.ui.reading_room.acts import Act
from src.ui.reading_room.choices import Option
from src.ui.reading_room.leaks import LeakCard, leaks
from src.ui.review_words import SEVERITIES, field_name, shortened
from src.ui.wording import LEAKS

NOTE_LENGTH = 5_000
KINDS = tuple(Option(value=kind, word=LEAKS[kind]) for kind in LeakKind)
HOW_MUCH = tuple(Option(value=value, word=word) for value, word in SEVERITIES.items())


def leak_form(draft: OpenDraft) -> None:
    """Show what the scan found, the leaks flagged so far, and the ways to flag another."""
    key = draft.key("leaks")
    leaks(
        key=key,
        hits=hit_cards(draft),
        answers=ANSWERS,
        cards=[_card(flag) for flag in own_flags(draft, draft.body)],
        kinds=KINDS,
        severities=HOW_MUCH,
        places=[Option(value=name, word=word) for name, word in _places(draft).items()],
        max_chars=NOTE_LENGTH,
        rev=draft.tab.rev,
        seen=draft.applied(key),
        on_change=draft.hears(key, lambda act: _change(draft, act)),
    )


def _card(flag: LeakageFlag) -> LeakCard:
    span, box = flag.place.span, flag.place.box
    return LeakCard(
        spot=flag.spot,
        where=where(flag),
        kind=flag.kind,
        severity=flag.severity,
        note=flag.note,
        sha256=box.sha256 if box else None,
        box=(box.x, box.y, box.width, box.height) if box else None,
        field=flag.place.field,
        start=span.start if span else None,
        end=span.end if span else None,
    )


def _change(draft: OpenDraft, act: Act) -> Change:
    if act.kind in {"hit", "hit-kind", "hit-note"}:
        return hit_change(draft, act)
    if act.kind == "add":
        return _added(draft, act.target)
    number = next((n for n, f in enumerate(draft.body.flags) if f.spot == act.target), None)
    name = f"Leak {number + 1}" if number is not None else "Leaks"
    if act.kind == "gone":
        return Change("Leaks", lambda body: _without(body, act.target), _leaks_said, redraws=True)
    if act.kind == "note":
        text = act.text[:NOTE_LENGTH]
        return Change(
            f"Note on {name.lower()}", _edit(act.target, note=text), _leaks_said, typed=True
        )
    if act.kind == "severity" and act.value in SEVERITIES:
        return Change(name, _edit(act.target, severity=act.value), _leaks_said)
    if act.kind == "kind" and act.value in set(LeakKind):
        return Change(name, _edit(act.target, kind=LeakKind(act.text)), _leaks_said)
    raise BadInputError(f"A leak cannot be changed by {act.kind!r} to {act.value!r}.")


def _added(draft: OpenDraft, name: str) -> Change:
    if name not in _places(draft):
        raise BadInputError(f"The item has no place {name!r}.")
    flag = LeakageFlag(kind=_likely_kind(name), place=_place_of(name))
    return Change("Leaks", lambda body: with_flag(body, flag), _leaks_said, redraws=True)


def _edit(spot: str, **changes: object) -> Edit:
    """Return the edit of the leak at this spot; one that is gone is left gone."""

    def edit(body: ReviewBody) -> ReviewBody:
        for number, flag in enumerate(body.flags):
            if flag.spot == spot:
                return _changed(body, number, flag.model_copy(update=changes))
        return body

    return edit


def _changed(body: ReviewBody, number: int, flag: LeakageFlag) -> ReviewBody:
    if any(other.spot == flag.spot for n, other in enumerate(body.flags) if n != number):
        raise BadInputError("This leak is flagged already, at the same place and of this kind.")
    return with_flag_at(body, number, flag)


def _without(body: ReviewBody, spot: str) -> ReviewBody:
    for number, flag in enumerate(body.flags):
        if flag.spot == spot:
            return without_flag(body, number)
    return body


def _places(draft: OpenDraft) -> dict[str, str]:
    """Return every place that can be flagged as a whole, in words; files come by their name."""
    content = draft.item.content
    found = ["question", "context"] if content.context else ["question"]
    found += [f"finding:{n}" for n in range(1, len(content.findings) + 1)]
    found += [f"caption:{i.position}" for i in content.images if i.caption]
    found += [f"slot:{i.position}" for i in content.images if i.slot_name]
    found += [f"image:{i.position}" for i in content.images]
    files = {
        f"file_name:{i.position}": f"File name of image {i.position}: {name}"
        for i in content.images
        if (name := i.original_name or draft.images[i.sha256].original_name)
    }
    return {name: _place_name(name) for name in found} | files


def _place_name(place: str) -> str:
    return field_name(place) if not place.startswith("image:") else f"Image {place[6:]}"


def _place_of(name: str) -> LeakPlace:
    if name.startswith("image:"):
        return LeakPlace(image=int(name.removeprefix("image:")))
    return LeakPlace(field=name)


def _likely_kind(name: str) -> LeakKind:
    kinds = {
        "image": LeakKind.ANSWER_IN_IMAGE,
        "caption": LeakKind.ANSWER_IN_CAPTION,
        "slot": LeakKind.ANSWER_IN_FILE_NAME,
        "file_name": LeakKind.ANSWER_IN_FILE_NAME,
    }
    return kinds.get(name.partition(":")[0], LeakKind.ANSWER_IN_TEXT)


def _leaks_said(body: ReviewBody) -> str:
    return "\n".join(f"{LEAKS[f.kind]}: {_place_name(f.place.name)}" for f in body.flags)


def where(flag: LeakageFlag) -> str:
    """Return the place of a leak in words, with the words marked where there are some."""
    place = _place_name(flag.place.name)
    if flag.place.span is not None:
        return f"{place}: “{shortened(flag.place.span.quote, 80)}”"
    return f"Box on {place.lower()}" if flag.place.box is not None else place
