"""How leaks are said on the screens: states, layers, ways of finding, numbers with intervals."""

from __future__ import annotations

from src.domain.item import Item
from src.domain.leak_status import LeakStatus, LeakUnit, Said, UnitState
from src.domain.leakage import Hit, Layer, Mention, Method
from src.domain.masking import text_at
from src.domain.plurals import counted
from src.domain.proportion import Proportion
from src.domain.scan.rules import rule
from src.services.leak_standing import ItemStanding
from src.services.progress import Progress
from src.ui.notices import plain
from src.ui.times import dated
from src.ui.wording import leak_title

AROUND = 60
"""Letters shown before and after a hit."""
STATUS = {
    LeakStatus.CONFIRMED: ("⚑", "Confirmed"),
    LeakStatus.SUSPECTED: ("◐", "Suspected"),
    LeakStatus.RESOLVED: ("●", "Resolved"),
    LeakStatus.CLEAN: ("○", "Clean"),
}
MEANING = {
    LeakStatus.CONFIRMED: "its readers agree, or it is ruled, that it leaks; it stays out of gold",
    LeakStatus.SUSPECTED: "a hit that nobody has answered, or a flag on which readers differ",
    LeakStatus.RESOLVED: "masked, or ruled not to be a leak",
    LeakStatus.CLEAN: "nothing was found, or all that was found is dismissed",
}
LAYERS = {
    Layer.TEXT: "Text",
    Layer.NAMES: "Names and metadata",
    Layer.IMAGE_TEXT: "Text inside images",
}
IN_LAYER = {
    Layer.TEXT: "in the text",
    Layer.NAMES: "in names and metadata",
    Layer.IMAGE_TEXT: "inside images",
}
METHODS = {
    Method.EXACT: "As it is written",
    Method.NORMALISED: "Case, accents and hyphens apart",
    Method.VARIANT: "Another spelling",
    Method.ACRONYM: "Abbreviation",
    Method.FUZZY: "Nearly the same letters",
    Method.PHRASE: "Phrase that announces an answer",
    Method.GENE: "Gene of the disease",
    Method.TREATMENT: "Treatment of the item's list",
    Method.KEY_TEST: "Key test",
}
MENTIONS = {
    Mention.AFFIRMED: "",
    Mention.NEGATED: "negated there",
    Mention.DIFFERENTIAL: "one of several there",
}
SAID = {
    Said.CONFIRMED: ("⚑", "Confirmed by readers"),
    Said.DISPUTED: ("◐", "Readers differ"),
    Said.DISMISSED: ("○", "Dismissed"),
    Said.NOTHING: ("◐", "Not spoken about"),
}
UNIT_STATE: dict[UnitState, tuple[str, str]] = {
    "confirmed": ("⚑", "Confirmed"),
    "disputed": ("◐", "Disputed"),
    "masked": ("●", "Masked"),
    "ruled_out": ("●", "Ruled not to be a leak"),
}
FIELDS = {
    "question": "Question",
    "context": "Case text",
    "item_id": "Id of the item",
    "case_id": "Id of the case",
}
NUMBERED = {
    "caption": "Caption of image",
    "slot": "Name of image",
    "finding": "Finding",
    "finding_title": "Title of finding",
    "file_name": "File name of image",
    "metadata": "Metadata of image",
}


def status_words(status: LeakStatus) -> str:
    """Return '⚑ Confirmed'."""
    return " ".join(STATUS[status])


def place_words(hit: Hit) -> str:
    """Return where a hit stands: 'Case text, 120 to 143', 'Image 2'."""
    if hit.field is None:
        return f"Image {hit.image}"
    return f"{field_words(hit.field)}{_span(hit)}"


def field_words(field: str) -> str:
    """Return a field as it is called on the screens."""
    kind, _, number = field.partition(":")
    number = number.partition(":")[0]
    return FIELDS.get(field) or f"{NUMBERED.get(kind, kind.capitalize())} {number}".strip()


def _span(hit: Hit) -> str:
    return f", {hit.start:,} to {hit.end:,}" if hit.start is not None else ""


def how_words(hit: Hit) -> str:
    """Return how a hit was found: what was looked for, how, how alike, and how it is spoken of."""
    parts = [
        f"looked for “{hit.alias}”",
        METHODS[hit.method].lower(),
        f"alike {hit.score:.2f}" if hit.score < 1 else "",
        f"ORPHA {hit.orpha_code}" if hit.orpha_code else "",
        MENTIONS[hit.mention],
        "only a hint" if hit.soft else "",
    ]
    return " · ".join(part for part in parts if part)


def why_words(hit: Hit) -> str | None:
    """Return why such a thing is looked for."""
    found = rule(hit.rule)
    return plain(found.reason) if found is not None else None


def around(item: Item, hit: Hit) -> tuple[str, str, str]:
    """Return the words of a hit with what stands before and after it, on one line."""
    text = text_at(item.content, hit.field) if hit.field is not None else None
    if text is None or hit.start is None or text[hit.start : hit.end] != hit.quote:
        return _line(hit.before).lstrip(), _line(hit.quote).strip(), _line(hit.after).rstrip()
    end = hit.end or 0
    before, after = text[max(0, hit.start - AROUND) : hit.start], text[end : end + AROUND]
    if hit.start > AROUND:
        before = "… " + before.partition(" ")[2]
    if end + AROUND < len(text):
        after = after.rpartition(" ")[0] + " …"
    return _line(before).lstrip(), _line(hit.quote), _line(after).rstrip()


def _line(text: str) -> str:
    return " ".join(text.replace("\n", " ").split(" "))


def hits_words(known: ItemStanding) -> str:
    """Return what the scan found in an item: '2 hits in the text, 1 of low rank'."""
    if known.scan is None:
        return "not scanned in this version"
    hits = [one.hit for one in known.standing.hits]
    parts = [
        f"{counted(number, 'hit')} {IN_LAYER[layer]}"
        for layer in Layer
        if (number := sum(hit.layer is layer and not hit.low for hit in hits))
    ]
    low = sum(hit.low for hit in hits)
    return ", ".join([*parts, *([f"{low} of low rank"] if low else [])]) or "no hits"


def scan_words(known: ItemStanding) -> str:
    """Return when and how an item's newest version was scanned."""
    if known.scan is None:
        return f"Version {known.version} is not scanned yet."
    images = "with text in images" if known.scan.with_ocr else "without text in images"
    unread = known.scan.unread_images
    failed = f" {counted(unread, 'image')} could not be read." if unread else ""
    return f"Version {known.version} was scanned {dated(known.scan.at)}, {images}.{failed}"


def unit_words(unit: LeakUnit) -> str:
    """Return a flagged spot: where, how many flagged it, and where it stands."""
    sign, state = UNIT_STATE[unit.state]
    by = (
        f"flagged by {unit.flagged} of {counted(unit.readers, 'reader')}"
        if unit.flagged
        else "flagged by the lead, or ruled"
    )
    return f"{sign} {state}: {leak_title(unit.unit)} · {by}"


def share_words(found: Proportion) -> str:
    """Return '0.71 (0.64 to 0.78), n = 288', or why there is no number."""
    return interval_words(found.value, found.interval, found.whole)


def interval_words(
    value: float | None, interval: tuple[float, float] | None, n: int, unit: str = ""
) -> str:
    """Return a number with its interval, where there is one, and its n."""
    of = f"n = {counted(n, unit)}" if unit else f"n = {n:,}"
    if value is None:
        return f"none, {of}"
    between = f" ({interval[0]:.2f} to {interval[1]:.2f})" if interval is not None else ""
    return f"{value:.2f}{between}, {of}".replace("-", "−")


def progress_words(progress: Progress) -> tuple[float, str]:
    """Return how far work is, as a share and in words with a rate and an estimate."""
    parts = [f"{progress.done:,} of {progress.total:,} {progress.what}".strip()]
    if progress.what.startswith("texts") or progress.what == "pictures compared":
        parts = [f"{progress.what.capitalize()}: {progress.share:.0%}"]
    elif progress.seconds > 1:
        parts.append(f"{progress.done / progress.seconds:,.0f} a second")
    if progress.seconds_left is not None:
        parts.append(f"about {max(1, round(progress.seconds_left)):,} s left")
    return progress.share, " · ".join(parts)
