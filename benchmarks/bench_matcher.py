"""How far the disease-name matcher agrees with a judge on real lists of diagnoses.

The answers are 2,559 lists that twenty models gave to phenotypes of the RAMEDIS and PUMCH cases,
with what a language model said of each: P0, the disease is not in the list; P1 to P6, it is. That
judge is no truth: docs/scoring.md tells what looking at sixty disagreements by hand showed.
Names a second are of the processor's time. Without the data the bench says so and measures nothing.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from src.domain.ontology import Entity, folded, unmarked
from src.domain.scoring.answer_reading import listed, parted
from src.domain.scoring.disease_match import DiseaseMatch, match_disease
from src.domain.scoring.disease_ontology import Disease, DiseaseOntology
from src.domain.scoring.disease_statement import match_statement
from src.domain.scoring.ranked_list import is_hit
from src.files.orphanet import read_ontology

DATA: Final = Path(__file__).parents[2] / "shared" / "data"
ANSWERS: Final = DATA / "answers" / "dxgpt_rare_disease_answers.jsonl.gz"
ONTOLOGY: Final = DATA / "ontology" / "orphanet_nomenclature.tsv"
LIST: Final = re.compile(r"\+\s*\d{1,2}|\"diagnosis\"\s*:\s*\"")
"""How the models were asked to begin each diagnosis, '+1. ', and two of them to name each."""
OUTCOMES: Final = {True: "yes", False: "no", None: "review"}


@dataclass(frozen=True)
class Judged:
    """One answer: the names of the disease, the entries of its list, and what the judge said."""

    golds: tuple[str, ...]
    candidates: tuple[str, ...]
    said: bool
    model: str = ""
    case: str = ""


@dataclass(frozen=True)
class Disagreement:
    """An answer on which matcher and judge differ, and what decided it."""

    judged: Judged
    match: DiseaseMatch
    candidate: str

    @property
    def kind(self) -> str:
        """What the judge said and what the matcher says."""
        return f"judge {OUTCOMES[self.judged.said]}, matcher {OUTCOMES[self.match.match]}"


def read_answers(path: Path = ANSWERS) -> list[Judged]:
    """Return the answers with a label, a named disease and a list that can be read."""
    found = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            golds = tuple(name for name in ast.literal_eval(row["gold"] or "[]") if name.strip())
            answer = row["answer"] or ""
            candidates = tuple(listed(answer)) if LIST.search(answer) else ()
            if golds and candidates and row["score"] is not None:
                found.append(
                    Judged(
                        golds,
                        candidates,
                        row["score"] != "P0",
                        row["model"],
                        f"{row['dataset']} {row['case']}",
                    )
                )
    return found


@dataclass(frozen=True)
class Ontology:
    """What the matcher is told of an ontology."""

    synonyms: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """Folded name -> (ORPHA code, all names)."""
    diseases: DiseaseOntology | None = None


NO_ONTOLOGY: Final = Ontology()


def read_orphanet() -> Ontology:
    """Return what the ontology's file says; nothing without the file."""
    if not ONTOLOGY.exists():
        return NO_ONTOLOGY
    synonyms: dict[str, tuple[str, tuple[str, ...]]] = {}
    entities = read_ontology(ONTOLOGY).entities
    for entity in entities:
        names = tuple(entity.names)
        for name in names:
            synonyms.setdefault(folded(name), (entity.orpha_code, names))
    return Ontology(synonyms, disease_ontology(entities))


def disease_ontology(entities: Sequence[Entity]) -> DiseaseOntology:
    """Return what a file's entities say of other diseases, as the program reads it."""
    return DiseaseOntology(
        [
            Disease(e.orpha_code, unmarked(e.term), e.level, e.parents, e.status, e.moved_to)
            for e in entities
        ],
        [(name, e.orpha_code) for e in entities for name in e.names],
    )


def best_match(judged: Judged, ontology: Ontology) -> tuple[DiseaseMatch, str]:
    """Return the surest match among a list's entries: yes, else review, else no."""
    known = ontology.synonyms
    entities = [known[key] for gold in judged.golds if (key := folded(gold)) in known]
    names = tuple(dict.fromkeys(name for _, found in entities for name in found))
    code = entities[0][0] if len({code for code, _ in entities}) == 1 else None

    def match(candidate: str) -> DiseaseMatch:
        return match_disease(
            candidate, judged.golds, code, orpha_names=names, ontology=ontology.diseases
        )

    found = [match_statement(entry, match) for entry in judged.candidates or ("",)]
    results = [(named.match, named.name) for named in found]
    return min(results, key=lambda r: (r[0].match is not True, r[0].match is not None))


def kappa(table: Counter[tuple[bool, bool]]) -> float:
    """Return Cohen's kappa of two raters' yes and no."""
    n = table.total()
    agree = (table[True, True] + table[False, False]) / n
    ours = (table[True, True] + table[True, False]) / n
    theirs = (table[True, True] + table[False, True]) / n
    chance = ours * theirs + (1 - ours) * (1 - theirs)
    return (agree - chance) / (1 - chance)


def disagreements(answers: Sequence[Judged], ontology: Ontology) -> Iterator[Disagreement]:
    """Yield the answers on which matcher and judge differ; a review differs from both."""
    for judged in answers:
        match, candidate = best_match(judged, ontology)
        if match.match is not judged.said:
            yield Disagreement(judged, match, candidate)


def run(path: Path = ANSWERS) -> Iterator[dict[str, object]]:
    """Yield agreement, kappa and the kinds of disagreement, with and without the ontology."""
    if not path.exists():
        yield {"bench": "matcher", "skipped": f"{path} is not there"}
        return
    answers = read_answers(path)
    for name, ontology in (("none", NO_ONTOLOGY), ("Orphanet", read_orphanet())):
        if name != "none" and not ontology.synonyms:
            yield {"bench": "matcher", "ontology": name, "skipped": f"{ONTOLOGY} is not there"}
            continue
        yield _figure(answers, ontology, name)
    yield _reference(answers)


def _figure(answers: Sequence[Judged], ontology: Ontology, name: str) -> dict[str, object]:
    started = time.process_time()
    differing = list(disagreements(answers, ontology))
    seconds = time.process_time() - started
    reviews = sum(d.match.match is None for d in differing)
    decided: Counter[tuple[bool, bool]] = Counter()
    for d in differing:
        if d.match.match is not None:
            decided[d.match.match, d.judged.said] += 1
    agreeing = len(answers) - len(differing)
    said_yes = sum(judged.said for judged in answers)
    yes_of_differing = sum(d.judged.said for d in differing)
    decided[True, True] = said_yes - yes_of_differing
    decided[False, False] = agreeing - decided[True, True]
    names = sum(len(judged.candidates) for judged in answers)
    return {
        "bench": "matcher",
        "ontology": name,
        "answers": len(answers),
        "decided": decided.total(),
        "review": reviews,
        "agreement": round(agreeing / decided.total(), 4),
        "kappa": round(kappa(decided), 4),
        "kinds": dict(sorted(Counter(d.kind for d in differing).items())),
        "names_a_second": round(names / seconds),
    }


def _reference(answers: Sequence[Judged]) -> dict[str, object]:
    """Return the same of the published matcher, which never asks a person."""
    table: Counter[tuple[bool, bool]] = Counter()
    for judged in answers:
        hit = any(is_hit(parted(entry).name, judged.golds) for entry in judged.candidates)
        table[hit, judged.said] += 1
    return {
        "bench": "matcher",
        "matcher": "published",
        "answers": len(answers),
        "agreement": round((table[True, True] + table[False, False]) / table.total(), 4),
        "kappa": round(kappa(table), 4),
        "kinds": {
            "judge no, matcher yes": table[True, False],
            "judge yes, matcher no": table[False, True],
        },
    }
