"""Other ways of writing a disease's name that a pen can make without knowing medicine."""

from __future__ import annotations

import random
import re
import unicodedata
from functools import lru_cache

ROMANS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
SHORTEST_LONG_NAME = 8
MOST_ACRONYM_LETTERS = 6

_AMERICAN = (
    ("hemorrh", "haemorrh"), ("hemat", "haemat"), ("hemoly", "haemoly"), ("hemoglob", "haemoglob"),
    ("hemoph", "haemoph"), ("hemangio", "haemangio"), ("hemochrom", "haemochrom"),
    ("hemosid", "haemosid"), ("anemia", "anaemia"), ("leukemia", "leukaemia"),
    ("thalassemia", "thalassaemia"), ("cythemia", "cythaemia"), ("uremi", "uraemi"),
    ("ischemi", "ischaemi"), ("glycemi", "glycaemi"), ("calcemi", "calcaemi"),
    ("kalemi", "kalaemi"), ("natremi", "natraemi"), ("lipidemia", "lipidaemia"),
    ("ammonemia", "ammonaemia"), ("globulinemia", "globulinaemia"), ("acidemia", "acidaemia"),
    ("phosphatemia", "phosphataemia"), ("bilirubinemia", "bilirubinaemia"),
    ("cholesterolemia", "cholesterolaemia"), ("galactosemia", "galactosaemia"),
    ("edema", "oedema"), ("esophag", "oesophag"), ("pediatric", "paediatric"),
    ("tumor", "tumour"), ("fetal ", "foetal "), ("celiac", "coeliac"), ("diarrhea", "diarrhoea"),
    ("pheochromo", "phaeochromo"), ("estrogen", "oestrogen"), ("leukodys", "leucodys"),
    ("leukoenceph", "leucoenceph"), ("leukoplak", "leucoplak"), ("dyslipidem", "dyslipidaem"),
    ("gray", "grey"), ("color", "colour"), ("fiber", "fibre"), ("sulfur", "sulphur"),
    ("neutropenia", "neutropaenia"), ("gynecomast", "gynaecomast"), ("cecal", "caecal"),
)  # fmt: skip
_NUMBERED = re.compile(r"\b(type|stage|class|group) (\d{1,2}|[IVX]{1,4})([A-F]?)\b")


@lru_cache(maxsize=400_000)
def canonical(text: str) -> str:
    """Return a text without case, accents and punctuation, to tell whether names are the same."""
    plain = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join(re.findall(r"[^\W_]+", letters))


def is_acronym(name: str) -> bool:
    """Return whether a name is of 2 to 6 letters, nearly all of them capitals."""
    letters = [c for c in name if c.isalpha()]
    capitals = sum(c.isupper() for c in letters)
    return (
        2 <= len(name) <= MOST_ACRONYM_LETTERS
        and name.isalnum()
        and len(letters) >= 2
        and capitals >= len(letters) - 1
    )


def case_forms(name: str) -> dict[str, str]:
    """Return the name in other letter case, and without accents, where that differs."""
    forms = {"upper": name.upper(), "lower": name.lower(), "title": name.title()}
    forms["accents_off"] = "".join(
        c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)
    )
    return _different(name, forms)


def punctuation_forms(name: str) -> dict[str, str]:
    """Return the name with other hyphens, dashes, commas, apostrophes, spaces or line breaks."""
    forms = {
        "hyphen_to_space": name.replace("-", " "),
        "en_dash": name.replace("-", "–"),
        "hard_hyphen": name.replace("-", "\u2011"),
        "comma_off": name.replace(",", ""),
        "curly_apostrophe": name.replace("'", "’"),
        "no_brackets": name.replace("(", "").replace(")", ""),
        "space_to_hyphen": name.replace(" ", "-", 1),
        "line_break": name.replace(" ", "\n", 1),
        "hard_space": name.replace(" ", "\u00a0"),
        "two_spaces": name.replace(" ", "  ", 1),
    }
    return _different(name, forms)


def plural(name: str) -> str | None:
    """Return the plural of a name whose last word has a common one, or None."""
    if name.endswith(("tumor", "cyst", "syndrome", "disease", "oma", "anemia", "ataxia")):
        return name + "s"
    if name.endswith(("pathy", "trophy", "plegia")):
        return name[:-1] + ("ies" if name.endswith("y") else "as")
    if name.endswith(("osis", "itis")):
        return name[:-2] + ("es" if name.endswith("osis") else "ides")
    return None


def british(name: str) -> str | None:
    """Return the name in British spelling where that is another, or None."""
    changed = name
    for american, other in _AMERICAN:
        if other in changed.lower():
            continue
        changed = re.sub(rf"(?<![a-z]o)(?<![a-z]a){american}", other, changed)
        changed = re.sub(american.capitalize(), other.capitalize(), changed)
    return changed if changed != name else None


def hypo_for_hyper(name: str) -> str | None:
    """Return the name of the opposite, hypo for hyper, or None."""
    pairs = (("hyper", "hypo"), ("Hyper", "Hypo"), ("hypo", "hyper"), ("Hypo", "Hyper"))
    for old, new in pairs:
        if old in name:
            return name.replace(old, new, 1)
    return None


def other_numeral(name: str) -> str | None:
    """Return the name with its type in roman for arabic numerals or the other way, or None."""
    found = _NUMBERED.search(name)
    if found is None:
        return None
    number = found[2]
    if number.isdecimal():
        if not 1 <= int(number) <= len(ROMANS):
            return None
        new = ROMANS[int(number) - 1]
    elif number in ROMANS:
        new = str(ROMANS.index(number) + 1)
    else:
        return None
    return f"{name[: found.start(2)]}{new}{name[found.end(2) :]}"


def other_type(name: str, chance: random.Random) -> str | None:
    """Return the name of a neighbouring type, written in either kind of numeral, or None."""
    found = _NUMBERED.search(name)
    if found is None or (not found[2].isdecimal() and found[2] not in ROMANS):
        return None
    number = int(found[2]) if found[2].isdecimal() else ROMANS.index(found[2]) + 1
    number += 1 if number == 1 or (number < len(ROMANS) and chance.random() < 0.5) else -1
    if number > len(ROMANS):
        return None
    new = str(number) if chance.random() < 0.5 else ROMANS[number - 1]
    return f"{name[: found.start(2)]}{new}{name[found.end(2) :]}"


def misspelt(name: str, chance: random.Random, edits: int = 1) -> str | None:
    """Return the name with letters swapped, dropped, doubled or replaced, or None if too short.

    First letters stay, and so do words of fewer than six letters.
    """
    words = [found.span() for found in re.finditer(r"[^\W\d_]{6,}", name)]
    if not words or len(name) < SHORTEST_LONG_NAME:
        return None
    text = name
    for start, end in sorted(chance.sample(words, min(edits, len(words))), reverse=True):
        at = chance.randrange(start + 1, end - 1)
        slip = chance.choice(("swap", "drop", "double", "replace"))
        if slip == "swap" and text[at] != text[at + 1]:
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        elif slip == "drop":
            text = text[:at] + text[at + 1 :]
        elif slip == "double":
            text = text[:at] + text[at] + text[at:]
        else:
            other = chance.choice([c for c in "aeiourstln" if c != text[at].lower()])
            text = text[:at] + other + text[at + 1 :]
    return text if text != name else None


def initials(name: str) -> str | None:
    """Return the abbreviation made of the first letters of a name of 3 to 5 words, or None."""
    small = {"of", "the", "and", "with", "due", "to", "in"}
    words = [w for w in re.split(r"[\s-]+", name) if w[:1].isalpha() and w not in small]
    if not 3 <= len(words) <= 5 or re.search(r"[\d,()/]", name):
        return None
    return "".join(word[0].upper() for word in words)


def file_name_forms(name: str) -> dict[str, str]:
    """Return the ways in which a name stands in a file name."""
    words = canonical(name).split()
    return {
        "underscore": "_".join(words),
        "hyphen": "-".join(words),
        "dot": ".".join(words),
        "space": " ".join(words),
        "camel_case": "".join(word.capitalize() for word in words),
    }


def _different(name: str, forms: dict[str, str]) -> dict[str, str]:
    return {form: text for form, text in forms.items() if text != name}
