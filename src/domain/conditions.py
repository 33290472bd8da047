"""What a model is shown under each condition: everything, or less of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pydantic import BaseModel

from src.domain.canonical import digest
from src.domain.item import Finding, Item, ItemContent
from src.domain.masking import occurrences
from src.domain.prediction import Condition
from src.domain.scan.sentences import POINTED_WORDS

WITHHELD = "[withheld]"
MEANING: dict[Condition, str] = {
    "full": "everything: question, context, findings where the item has them, images, captions",
    "baseline": "the same without the findings",
    "text": "question and context alone: no findings, no images, no captions",
    "nodx": "as full, with the established diagnosis and every name of it withheld",
}

_QUALIFIER = (
    r"(?:established|final|confirmed|definitive|definite|ultimate|reference|correct|true"
    r"|gold[- ]standard)"
)
_DIAGNOSIS = (
    rf"{_QUALIFIER}(?:(?:\s+and|\s*,|\s*/)?\s+[\w-]+){{0,3}}?\s+(?:diagnos[ei]s|dx)\b"
    r"(?:\s*\([^()]{0,60}\))?"
)
_WHOSE = r"(?:(?:the|a|an|our|his|her|this|their)\s+)?"
_LABEL = re.compile(
    rf"[*_]*{_WHOSE}\b{_DIAGNOSIS}[*_\"'\u201d]*\s*(?:[:=\u2013\u2014]|\s-\s)"
    r"|^[ \t>*#_-]*(?:diagnos[ei]s|dx)[*_]*\s*:",
    re.IGNORECASE | re.MULTILINE,
)
"""Words that announce the diagnosis, wherever they stand: 'Established diagnosis:'."""
_SAID = re.compile(
    rf"(?:^|(?<=[.!?)\]\n]))[\s>*#_-]*{_WHOSE}{_DIAGNOSIS}\s+"
    r"(?:was|is|were|are|of|remains?|turned\s+out|proved|has\s+been|had\s+been)\b",
    re.IGNORECASE,
)
"""A sentence that begins with it: 'The final diagnosis was'."""
_ABBREVIATIONS = POINTED_WORDS | {"figs", "nos", "ssp", "esp", "dept", "vol", "ed", "eds"}
_OPENING, _CLOSING = "([{", ")]}"
_LIST_START = re.compile(r"\s*(?:[-*\u2022]|\d+[.)])\s")
_HEADS = (
    r"(?:disease|syndrome|disorder|tumou?r|lymphoma|carcinoma|sarcoma|histiocytosis|granulomatosis"
    r"|deficiency|dystrophy|dysplasia|anomaly|malformation|vasculitis|encephalitis|arteritis|type)"
)
_GOES_ON = re.compile(
    r"(?:[-\u2010-\u2014,/&(\[]|\b(?:with|without|of|and|or|the|an?|due|to|in|on|by|from|for|as|type"
    r"|stage|variant|dr\.?|prof\.?|st\.?|vs\.?|versus|associated|related|secondary|complicated))$",
    re.IGNORECASE,
)
"""How a line ends that breaks in the middle of a name."""
_IS_GONE_ON_WITH = re.compile(rf"(?:[\w'\u2019-]+\s+){{0,3}}{_HEADS}\b", re.IGNORECASE)
"""How the line behind it begins: 'Chester disease', 'Disease (a.k.a. ...)'."""
_NEW_LABEL = re.compile(r"[>*#_\s]*[A-Z][\w /-]{1,40}:")
_FULL_LINE = 50
"""Characters from which on a line may have been broken because it was full."""
_ALSO = re.compile(
    r"^(?:a\.?\s?k\.?\s?a\.?|also\s+(?:known|called|referred\s+to)(?:\s+as)?|formerly(?:\s+known\s+as)?"
    r"|previously(?:\s+known\s+as)?|synonyms?:?|syn\.?|or|i\.?e\.?,?|e\.?g\.?,?|abbreviated(?:\s+as)?)\s+",
    re.IGNORECASE,
)
_CALLED = (
    r"(?:also|formerly|previously|sometimes)\s+(?:known|called|named|termed|referred\s+to)"
    r"(?:\s+as)?"
)
_OTHERWISE = re.compile(
    rf"\b(?:{_CALLED}|a\.?\s?k\.?\s?a\.?)\s+([^,;:.!?()\[\]{{}}]+)", re.IGNORECASE
)
"""Words that give a further name within a statement: 'X, also called Y'."""
_GOES_ON_OTHERWISE = re.compile(
    r"[\s>*_]*(?:(?:it|this|the\s+(?:disease|disorder|condition|syndrome|entity))\s+(?:is|was)\s+)?"
    rf"{_CALLED}\s",
    re.IGNORECASE,
)
"""How a sentence behind a statement begins that gives a further name."""
_FIRST_SENTENCE = re.compile(rf"[.!?](?={_GOES_ON_OTHERWISE.pattern})", re.IGNORECASE)
_POINTED = re.compile(r"(?:[A-Za-z0-9]\.){1,9}[A-Za-z0-9]\.?")
_ACRONYM = re.compile(r"[A-Z]{2,5}")
_MOST_WORDS = 8
_LEAST_LETTERS = 6


class ShownImage(BaseModel, frozen=True, extra="forbid"):
    """One image as a model is shown it: its label and caption, and which image it is."""

    position: int
    sha256: str
    label: str
    caption: str


class Shown(BaseModel, frozen=True, extra="forbid"):
    """Everything a model is shown of one item under one condition."""

    item_id: str
    version: int
    condition: Condition
    visible_sha256: str
    """Of the item's whole visible content, to which an answer is bound under any condition."""
    question: str
    context: str
    findings: tuple[Finding, ...] = ()
    images: tuple[ShownImage, ...] = ()

    @property
    def sha256(self) -> str:
        """The hash of just what is shown."""
        return digest(self.model_dump(mode="json", exclude={"item_id", "version"}))


def shown(item: Item, condition: Condition, names: Iterable[str] = ()) -> Shown:
    """Return what a model is shown of an item.

    `names` are further names of the disease, withheld under nodx beside the item's own.
    """
    content = item.content
    if condition == "nodx":
        own = [content.answer, *content.aliases, *names]
        content = _withheld(content, [name for name in own if name.strip()])
    with_images = condition != "text"
    with_findings = condition in ("full", "nodx")
    return Shown(
        item_id=item.item_id,
        version=item.version,
        condition=condition,
        visible_sha256=item.content.visible_sha256,
        question=content.question,
        context=content.context,
        findings=content.findings if with_findings else (),
        images=tuple(
            ShownImage(
                position=image.position,
                sha256=image.sha256,
                label=image.slot_name or f"Image {image.position}",
                caption=image.caption,
            )
            for image in (content.images if with_images else ())
        ),
    )


def _withheld(content: ItemContent, names: Sequence[str]) -> ItemContent:
    """Return the content without the diagnosis; what one field says of it counts for all."""
    texts = [content.question, content.context]
    texts += [text for finding in content.findings for text in (finding.title, finding.body)]
    texts += [text for image in content.images for text in (image.slot_name, image.caption)]
    known = [*names, *(name for text in texts for name in named_in(text))]
    known = [form for name in known for form in _forms(name)]

    def hidden(text: str) -> str:
        return without_names(without_statements(text), known)

    return content.model_copy(
        update={
            "question": hidden(content.question).strip() or without_names(content.question, known),
            "context": hidden(content.context),
            "findings": tuple(
                Finding(title=hidden(finding.title), body=hidden(finding.body))
                for finding in content.findings
            ),
            "images": tuple(
                image.model_copy(
                    update={
                        "slot_name": hidden(image.slot_name),
                        "caption": hidden(image.caption),
                    }
                )
                for image in content.images
            ),
        }
    )


def _forms(name: str) -> tuple[str, ...]:
    """Return a name as it is and, of an acronym, with points and without: 'B.M.D.', 'BMD'."""
    bare = name.strip()
    if _POINTED.fullmatch(bare):
        return (bare, bare.replace(".", ""))
    if _ACRONYM.fullmatch(bare):
        return (bare, ".".join(bare))
    return (name,)


def without_statements(text: str) -> str:
    """Return the text without its statements of the established or final diagnosis.

    A statement ends at its full stop, not at that of an abbreviation, an initial or inside
    brackets, and may run over several lines, also where the next begins with a capital: a
    sentence always does, an entry such as 'Diagnosis: X' where its line is full or breaks off in
    a name. In doubt more is left out. A question about the final diagnosis is no statement.
    """
    parts, at = [], 0
    for start, _, end in _statements(text):
        kept = text[at:start]
        parts.append(kept)
        at = end
        if not kept or kept[-1].isspace():
            while at < len(text) and text[at] in " \t":
                at += 1
    return "".join([*parts, text[at:]]).rstrip() if parts else text


def without_names(text: str, names: Iterable[str]) -> str:
    """Return the text with every name in it withheld, however it is spelt; longest first."""
    ranges = sorted({place for name in names for place in occurrences(text, name)})
    parts, at = [], 0
    for start, end in ranges:
        if start >= at:
            parts += [text[at:start], WITHHELD]
        at = max(at, end)
    return "".join([*parts, text[at:]])


def named_in(text: str) -> list[str]:
    """Return the names that a text's statements of the diagnosis give it, synonyms included."""
    found = []
    for _, said, end in _statements(text):
        stated = text[said:end].strip().rstrip(".!")
        first = _FIRST_SENTENCE.split(stated)[0]
        outside = re.split(r"[(\[{,;]|\s(?:with|due\s+to|in|of\s+the|confirmed|based)\s", first)[0]
        inside = re.findall(r"[(\[{]([^()\[\]{}]*)[)\]}]?", stated)
        further = _OTHERWISE.findall(re.sub(r"[(\[{].*?[)\]}]", " ", stated))
        within = (part for group in inside for part in re.split(r"[,;/]", group))
        for piece in [outside, *within, *further]:
            name = _bare_name(piece)
            if name and name not in found:
                found.append(name)
    return found


def _bare_name(piece: str) -> str:
    """Return a piece of a statement as a name, or nothing when it is none to look for."""
    name = re.sub(r"^(?:that\s+of|to\s+be|as|an?|the)\s+", "", piece.strip(" *_\"'\t\n.:"))
    while (shorter := _ALSO.sub("", name).strip(" ,:")) != name:
        name = shorter
    words = name.split()
    is_acronym = len(words) == 1 and name.isupper() and len(name) >= 3
    long_enough = sum(c.isalpha() for c in name) >= _LEAST_LETTERS and len(words) <= _MOST_WORDS
    return name if is_acronym or long_enough else ""


def _statements(text: str) -> list[tuple[int, int, int]]:
    """Return (start, where what is stated begins, end) of each statement of the diagnosis."""
    found: list[tuple[int, int, int]] = []
    cues = [*_LABEL.finditer(text), *_SAID.finditer(text)]
    said = {cue.end() for cue in _SAID.finditer(text)}
    for cue in sorted(cues, key=lambda match: (match.start(), -match.end())):
        start = cue.start() + len(cue.group()) - len(cue.group().lstrip())
        if found and start < found[-1][2]:
            continue
        end = _end_of_statement(text, cue.end(), is_sentence=cue.end() in said)
        while more := _GOES_ON_OTHERWISE.match(text, end):
            end = _end_of_statement(text, more.end(), is_sentence=True)
        if not text[:end].rstrip().endswith("?"):
            found.append((start, cue.end(), end))
    return found


def _end_of_statement(text: str, start: int, *, is_sentence: bool) -> int:
    """Return where a statement ends; brackets that never close are taken for nothing."""
    while start < len(text) and text[start].isspace():
        start += 1
    end = _end_outside_brackets(text, start, _OPENING, _CLOSING, is_sentence)
    if end is None:
        end = _end_outside_brackets(text, start, "", "", is_sentence)
    return len(text) if end is None else end


def _end_outside_brackets(
    text: str, start: int, opening: str, closing: str, is_sentence: bool
) -> int | None:
    """Return where the statement ends; None when a bracket is still open there."""
    depth = 0
    for place in range(start, len(text)):
        character = text[place]
        if character in opening:
            depth += 1
        elif character in closing:
            depth = max(0, depth - 1)
        elif character == "\n" and _is_blank_line(text, place):
            return place if depth == 0 else None
        elif depth == 0 and _ends_at(text, start, place, is_sentence):
            return _behind_quotes(text, place)
    return len(text) if depth == 0 else None


def _ends_at(text: str, start: int, place: int, is_sentence: bool) -> bool:
    if text[place] in "!?":
        return True
    if text[place] == "\n":
        return _is_new_line_of_its_own(text, start, place, is_sentence)
    return text[place] == "." and _is_full_stop(text, start, place)


def _is_full_stop(text: str, start: int, place: int) -> bool:
    """Tell a full stop from the point of an abbreviation, an initial or a number."""
    following = text[place + 1 :].lstrip("\"'\u201d\u2019)]}*_")
    if following and not following[0].isspace():
        return False
    after = following.lstrip()
    if not after:
        return True
    if after[0].islower():
        return False
    before = re.search(r"[\w.]*$", text[start:place])
    word = before.group().casefold() if before else ""
    is_initial = len(word) == 1 and word.isalpha()
    is_pointed = "." in word and all(len(part) <= 1 for part in word.split("."))
    return not bool(is_initial or is_pointed or word.replace(".", "") in _ABBREVIATIONS)


def _is_blank_line(text: str, place: int) -> bool:
    return re.match(r"\n[ \t\r]*\n", text[place:]) is not None


def _is_new_line_of_its_own(text: str, start: int, place: int, is_sentence: bool) -> bool:
    """Tell whether a line break ends a statement: the next line begins anew, or with a list."""
    following = text[place + 1 :].lstrip(" \t\r\n")
    if not following or _LIST_START.match(text[place + 1 :]) is not None:
        return True
    if following[0].islower():
        return False
    if _NEW_LABEL.match(following):
        return True
    line = text[text.rfind("\n", 0, place) + 1 : place].rstrip()
    is_full = len(line) >= _FULL_LINE
    breaks_off = _GOES_ON.search(text[start:place].rstrip()) is not None
    return not (is_sentence or is_full or breaks_off or _IS_GONE_ON_WITH.match(following))


def _behind_quotes(text: str, place: int) -> int:
    end = place if text[place] == "\n" else place + 1
    while end < len(text) and text[end] in "\"'\u201d\u2019*_":
        end += 1
    return end
