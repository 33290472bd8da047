"""What a case's licence lets others do with its images: pass them on, unchanged only, or not."""

from __future__ import annotations

import re
from enum import StrEnum

from pydantic import BaseModel


class Terms(StrEnum):
    """What a licence says of passing an image on."""

    FREE = "free"
    """To anybody, for anything; some ask for the author's name or the same licence."""
    NON_COMMERCIAL = "non_commercial"
    UNCHANGED = "unchanged"
    """As it is: an image with a mask on it is another image."""
    UNCHANGED_NON_COMMERCIAL = "unchanged_non_commercial"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    """None is given, or one that is not known here."""


class Licence(BaseModel, frozen=True, extra="forbid"):
    """A licence as it is known: its terms, its SPDX name and its address where it has them."""

    terms: Terms
    spdx: str = ""
    url: str = ""


_UNCHANGED = (Terms.UNCHANGED, Terms.UNCHANGED_NON_COMMERCIAL)
_FORBIDDING = re.compile(
    r"all rights reserved|\btdm\b|text and data mining only|no redistribution"
    r"|not (?:for|to be) (?:re)?distribut|do not (?:re)?distribute|\bproprietary\b"
    r"|\bconfidential\b|\bunlicensed\b"
)
_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.)?creativecommons\.org/(licenses|publicdomain)/([a-z-]+)"
    r"(?:/(\d\.\d))?[^\s()<>,;]*"
)
_VERSION = re.compile(r"[1-4]\.0")
_PUBLIC = re.compile(
    r"cc ?0(?: 1\.0)?(?: universal)?(?: public domain dedication)?"
    r"|(?:public domain(?: mark)?|pdm)(?: 1\.0)?"
)
_FILLERS = frozenset(
    {"a", "an", "the", "under", "licence", "license", "licensed", "version", "v", "cc"}
    | {"creative", "commons", "international", "unported", "generic", "igo", "public"}
    | {"deed", "legalcode"}
)
_ELEMENTS = {
    "by": "by",
    "attribution": "by",
    "nc": "nc",
    "noncommercial": "nc",
    "nd": "nd",
    "noderivatives": "nd",
    "noderivs": "nd",
    "sa": "sa",
    "sharealike": "sa",
}
_SPELT_APART = (
    ("non commercial", "noncommercial"),
    ("no derivatives", "noderivatives"),
    ("no derivs", "noderivs"),
    ("share alike", "sharealike"),
)
_KINDS = ({"by"}, {"by", "sa"}, {"by", "nc"}, {"by", "nc", "sa"}, {"by", "nd"}, {"by", "nc", "nd"})


def licence_of(text: str | None) -> Licence:
    """Return what is known of a licence as somebody wrote it down.

    Known are the public domain and the Creative Commons licences, by name, short name or
    address, and words that forbid. A text with anything else in it is unknown: nobody's permission
    is guessed.
    """
    written = " ".join((text or "").casefold().split())
    if _FORBIDDING.search(written):
        return Licence(terms=Terms.FORBIDDEN)
    addresses = {(kind, name, version) for kind, name, version in _ADDRESS.findall(written)}
    rest = _plain(_ADDRESS.sub(" ", written))
    found = [_at_address(*address) for address in sorted(addresses)]
    if rest:
        found.append(_in_words(rest))
    if not found or any(one.terms is Terms.UNKNOWN for one in found):
        return Licence(terms=Terms.UNKNOWN)
    if len({one.terms for one in found}) > 1:
        return Licence(terms=Terms.UNKNOWN)
    return max(found, key=lambda one: len(one.spdx))


def why_left_out(text: str | None, *, changed: bool, unknown_allowed: bool) -> str:
    """Return why an image under a licence is not passed on; empty when it may be.

    `changed` says that it is masked; `unknown_allowed` that what is unknown may be in.
    """
    terms = licence_of(text).terms
    said = (text or "").strip()
    if terms is Terms.FORBIDDEN:
        return f"the licence {said!r} forbids passing it on"
    if terms in _UNCHANGED and changed:
        return f"the licence {said!r} allows unchanged copies only, and a mask lies on this one"
    if terms is Terms.UNKNOWN and not unknown_allowed:
        return f"the licence {said!r} is not known here" if said else "no licence is given"
    return ""


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9.]+", " ", text).split()).strip(". ")


def _at_address(kind: str, name: str, version: str) -> Licence:
    if kind == "publicdomain":
        spdx = {"zero": "CC0-1.0", "mark": "PDM-1.0"}.get(name)
        if spdx is None:
            return Licence(terms=Terms.UNKNOWN)
        return Licence(terms=Terms.FREE, spdx=spdx, url=_url(kind, name, "1.0"))
    return _creative_commons(set(name.split("-")), version)


def _in_words(text: str) -> Licence:
    if _PUBLIC.fullmatch(text):
        zero = "0" in text.split(" 1.0")[0]
        spdx, name = ("CC0-1.0", "zero") if zero else ("PDM-1.0", "mark")
        return Licence(terms=Terms.FREE, spdx=spdx, url=_url("publicdomain", name, "1.0"))
    for apart, together in _SPELT_APART:
        text = text.replace(apart, together)
    words = text.split()
    versions = [word for word in words if _VERSION.fullmatch(word)]
    named = {word for word in words if word not in versions and word not in _FILLERS}
    if len(versions) > 1 or not named or not named <= _ELEMENTS.keys():
        return Licence(terms=Terms.UNKNOWN)
    return _creative_commons({_ELEMENTS[word] for word in named}, versions[0] if versions else "")


def _creative_commons(elements: set[str], version: str) -> Licence:
    if elements not in _KINDS:
        return Licence(terms=Terms.UNKNOWN)
    nc, nd = "nc" in elements, "nd" in elements
    terms = {
        (False, False): Terms.FREE,
        (True, False): Terms.NON_COMMERCIAL,
        (False, True): Terms.UNCHANGED,
        (True, True): Terms.UNCHANGED_NON_COMMERCIAL,
    }[nc, nd]
    if not version:
        return Licence(terms=terms)
    name = "-".join(part for part in ("by", "nc", "nd", "sa") if part in elements)
    spdx = f"CC-{name.upper()}-{version}"
    return Licence(terms=terms, spdx=spdx, url=_url("licenses", name, version))


def _url(kind: str, name: str, version: str) -> str:
    return f"https://creativecommons.org/{kind}/{name}/{version}/"
