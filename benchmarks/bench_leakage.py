"""How many planted leaks the scan finds, how much else it hits, and how fast it reads.

`python -m benchmarks.bench_leakage --seeds 101-105` prints one JSON line for each of the sixteen
kinds, with recall, precision and their 95 % Wilson intervals, then totals and speeds. Seeds 1 to 5
are for tuning, 101 to 105 for reporting; the two draw on different halves of the diseases, and
`--show` tells what was missed or wrongly hit on tuning seeds only.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.leakage_planting import (
    FIRST_REPORTING_SEED,
    KINDS,
    MENTION,
    REPORTING_SEEDS,
    Disease,
    Planted,
    PlantedCase,
    plant,
)
from benchmarks.leakage_text import clean_text
from src.domain.item import CaseRecord, Item, ItemContent, Track
from src.domain.leakage import Hit, Layer
from src.domain.ontology import Entity
from src.domain.proportion import Proportion
from src.domain.scan.lexicon import Lexicon, Name
from src.domain.scan.normal import normalise
from src.domain.scan.scanner import ImageNames, OcrLine, scan
from src.files.orphanet import read_ontology
from src.services.settings import Settings

USUAL_FILE = (
    Path(__file__).parents[2] / "shared" / "data" / "ontology" / "orphanet_nomenclature.tsv"
)
NAMES = 33_000
CORPUS_CHARACTERS = 10_000_000
ITEMS = 1_756
CHARACTERS = 6_000
GROUP = "Group of disorders"


def run(seeds: Sequence[int] = REPORTING_SEEDS) -> Iterator[dict[str, Any]]:
    """Yield the figures of all kinds, the totals and the speeds; one line where no file is."""
    path = ontology_file()
    if not path.is_file():
        yield {"bench": "leakage", "skipped": f"There is no Orphanet file at {str(path)!r}."}
        return
    entities = read_ontology(path).entities
    diseases, lexicon = diseases_of(entities), lexicon_of(entities)
    yield from figures([judged(case, lexicon) for case in planted(seeds, diseases)], seeds)
    yield dictionary_speed(entities)
    yield scan_speed(diseases, lexicon)


def ontology_file() -> Path:
    """Return the configured Orphanet file, or the usual place beside the project."""
    return Path(Settings().orphanet_file or USUAL_FILE)


def planted(seeds: Iterable[int], diseases: Sequence[Disease]) -> Iterator[PlantedCase]:
    """Yield the cases of all seeds."""
    for seed in seeds:
        yield from plant(seed, diseases)


def relatives_of(entities: Iterable[Entity]) -> dict[str, frozenset[str]]:
    """Return the parents and children of each entity."""
    near: dict[str, set[str]] = defaultdict(set)
    for entity in entities:
        for parent in entity.parents:
            near[entity.orpha_code].add(parent)
            near[parent].add(entity.orpha_code)
    return {code: frozenset(others) for code, others in near.items()}


def diseases_of(entities: Sequence[Entity]) -> tuple[Disease, ...]:
    """Return what the generator may know of the ontology: active entities that are no groups."""
    near = relatives_of(entities)
    return tuple(
        Disease(e.term, e.orpha_code, e.synonyms, e.genes, near.get(e.orpha_code, frozenset()))
        for e in entities
        if e.level != GROUP and e.status == "active"
    )


def names_of(entities: Iterable[Entity]) -> list[Name]:
    """Return every name of the ontology."""
    return [
        Name(text=text, orpha_code=entity.orpha_code, kind=kind)
        for entity in entities
        for text, kind in entity.names.items()
    ]


def lexicon_of(entities: Sequence[Entity]) -> Lexicon:
    """Return the lexicon that a study with this ontology scans with."""
    genes = {entity.orpha_code: entity.genes for entity in entities if entity.genes}
    return Lexicon(names_of(entities), genes, relatives_of(entities))


# ---- what was found ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """What the scan made of one case."""

    case: PlantedCase
    spot: Planted
    hits: tuple[Hit, ...]
    """The hits on the spot."""
    strays: tuple[Hit, ...]
    """Hits that are not low and lie on nothing that was planted."""

    @property
    def is_hit(self) -> bool:
        """True when a hit on the spot is not low."""
        return any(not hit.low for hit in self.hits)


def judged(case: PlantedCase, lexicon: Lexicon) -> Judged:
    """Scan a case and hold the hits against the truth."""
    names = {
        n: ImageNames(file_name=case.file_names[n], metadata=dict(case.metadata[n]))
        for n in case.file_names
    }
    ocr = {n: [OcrLine(**asdict(line)) for line in lines] for n, lines in case.lines.items()}
    hits = scan(case.item, lexicon, image_names=names, ocr=ocr)
    spot = next(spot for spot in case.planted if spot.role != "context")
    strays = [h for h in hits if not h.low and not any(lies_on(h, s) for s in case.planted)]
    return Judged(case, spot, tuple(h for h in hits if lies_on(h, spot)), tuple(strays))


def lies_on(hit: Hit, spot: Planted) -> bool:
    """Return whether a hit is in the place of a planted spot and shares a character with it."""
    if hit.layer is not spot.layer or hit.start is None or hit.end is None:
        return False
    in_image = spot.layer is Layer.IMAGE_TEXT
    same_place = hit.image == spot.image if in_image else hit.field == spot.field
    return same_place and hit.start < spot.end and spot.start < hit.end


@dataclass
class Tally:
    """The counts of one kind."""

    leaks: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    low_only: int = 0
    near_misses: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    strays: int = 0

    def add(self, one: Judged) -> None:
        """Count one case."""
        is_leak = one.spot.role == "leak"
        (self.leaks if is_leak else self.near_misses)[one.spot.form] += 1
        if one.is_hit:
            (self.found if is_leak else self.hit)[one.spot.form] += 1
        elif is_leak and one.hits:
            self.low_only += 1
        self.strays += len(one.strays)

    @property
    def recall(self) -> Proportion:
        """The share of the leaks that were found."""
        return Proportion(part=self.found.total(), whole=self.leaks.total())

    @property
    def precision(self) -> Proportion:
        """The share of the hits that lie on leaks; several hits on one leak count once."""
        found = self.found.total()
        return Proportion(part=found, whole=found + self.hit.total() + self.strays)


def figures(found: Sequence[Judged], seeds: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield one figure a kind, one for mentions of low rank, and the totals."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for one in found:
        if one.spot.kind != MENTION:
            tallies[one.spot.kind].add(one)
    for kind in KINDS:
        tally = tallies[kind.name]
        yield {
            "bench": "leakage",
            "kind": kind.name,
            "needs_knowledge": kind.needs_knowledge,
            "n": tally.leaks.total(),
            **_share("recall", tally.recall),
            "found_low_only": tally.low_only,
            "near_misses": tally.near_misses.total(),
            "near_misses_hit": tally.hit.total(),
            "strays": tally.strays,
            **_share("precision", tally.precision),
            "leak_forms": _by_form(tally.found, tally.leaks),
            "near_miss_forms": _by_form(tally.hit, tally.near_misses),
        }
    mentions = [one for one in found if one.spot.kind == MENTION]
    yield mention_figure(mentions)
    stray = sum(len(one.strays) for one in mentions)
    plain = [tallies[kind.name] for kind in KINDS if not kind.needs_knowledge]
    yield _total("kinds without medical knowledge", plain, 0, seeds)
    yield _total("all kinds", list(tallies.values()), stray, seeds)


def mention_figure(mentions: Sequence[Judged]) -> dict[str, Any]:
    """Return how many negated and differential mentions are hits of low rank, as they should."""
    low = [one for one in mentions if one.hits and not one.is_hit]
    by_form = Counter(one.spot.form for one in mentions)
    return {
        "bench": "leakage",
        "kind": MENTION,
        "n": len(mentions),
        **_share("low", Proportion(part=len(low), whole=len(mentions))),
        "not_low": sum(one.is_hit for one in mentions),
        "no_hit": sum(not one.hits for one in mentions),
        "strays": sum(len(one.strays) for one in mentions),
        "forms": _by_form(Counter(one.spot.form for one in low), by_form),
    }


def _total(
    name: str, tallies: Sequence[Tally], further_strays: int, seeds: Sequence[int]
) -> dict[str, Any]:
    found = sum(tally.found.total() for tally in tallies)
    false = sum(tally.hit.total() + tally.strays for tally in tallies) + further_strays
    leaks = sum(tally.leaks.total() for tally in tallies)
    return {
        "bench": "leakage_total",
        "of": name,
        "seeds": list(seeds),
        "n": leaks,
        **_share("recall", Proportion(part=found, whole=leaks)),
        **_share("precision", Proportion(part=found, whole=found + false)),
        "target": "recall at least 0.95 without knowledge, precision at least 0.9 overall",
    }


def _share(name: str, share: Proportion) -> dict[str, float | None]:
    low, high = share.interval or (None, None)
    values = {name: share.value, f"{name}_low": low, f"{name}_high": high}
    return {key: None if value is None else round(value, 3) for key, value in values.items()}


def _by_form(part: Counter[str], whole: Counter[str]) -> dict[str, str]:
    return {form: f"{part[form]}/{whole[form]}" for form in sorted(whole)}


def failures(found: Iterable[Judged]) -> Iterator[dict[str, Any]]:
    """Yield what was missed or wrongly hit, with the words around it."""
    for one in found:
        spot, text = one.spot, one.case.text_of(one.spot)
        wrong = {
            "leak": "" if one.is_hit else ("low only" if one.hits else "missed"),
            "near_miss": "wrongly hit" if one.is_hit else "",
            "low": "not low" if one.is_hit else ("" if one.hits else "no hit"),
        }[spot.role]
        told = {
            "kind": spot.kind,
            "form": spot.form,
            "item": one.case.item.item_id,
            "answer": one.case.item.content.answer,
            "aliases": one.case.item.content.aliases,
            "place": spot.field or f"image {spot.image}",
        }
        if wrong:
            around = text[max(0, spot.start - 50) : spot.end + 30]
            by = [_told(hit) for hit in one.hits]
            yield told | {"wrong": wrong, "planted": spot.text, "around": around, "hits": by}
        for stray in one.strays:
            yield told | {"wrong": "stray", "hits": [_told(stray)], "place": stray.field}


def _told(hit: Hit) -> str:
    rank = f"low: {hit.mention.value}" if hit.low else "not low"
    return f"{hit.quote!r} by {hit.rule} as {hit.alias!r} ({hit.method.value}, {rank})"


# ---- how fast -----------------------------------------------------------------------------------


def dictionary_speed(entities: Sequence[Entity]) -> dict[str, Any]:
    """Measure how fast one core folds text and finds the names of 33,000 in it."""
    names = names_of(entities)
    invented = (
        Name(text=f"Invented-Name {n} syndrome of the number {n}", orpha_code=str(n), kind="added")
        for n in range(10**6, 10**6 + NAMES)
    )
    names += [name for name, _ in zip(invented, range(NAMES - len(names)), strict=False)]
    start = time.process_time()
    lexicon = Lexicon(names)
    built = time.process_time() - start
    texts = reports(CORPUS_CHARACTERS // CHARACTERS)
    size = sum(len(text.encode()) for text in texts)
    start = time.process_time()
    found = sum(len(lexicon.find(normalise(text).text)) for text in texts)
    seconds = time.process_time() - start
    return {
        "bench": "leakage_dictionary",
        "names": len(names),
        "mb": round(size / 1e6, 2),
        "mb_per_s": round(size / 1e6 / seconds, 1),
        "build_s": round(built, 2),
        "names_found": found,
        "clock": "processor",
        "target": "at least 5 MB/s",
    }


def scan_speed(diseases: Sequence[Disease], lexicon: Lexicon) -> dict[str, Any]:
    """Measure the whole scan, without OCR, of as many items as the benchmark has."""
    chance = random.Random(ITEMS)
    items = [
        Item(
            item_id=f"speed/diagnosis/{number}",
            case=CaseRecord(case_id=f"case-{number}"),
            track=Track.DIAGNOSIS,
            content=ItemContent(
                question="What is the most likely diagnosis?",
                context=text,
                answer=disease.name,
                aliases=disease.synonyms[:2],
                orpha_code=disease.code,
            ),
        )
        for number, (text, disease) in enumerate(
            zip(reports(ITEMS), chance.choices(diseases, k=ITEMS), strict=True)
        )
    ]
    start, began = time.process_time(), time.perf_counter()
    hits = sum(len(scan(item, lexicon)) for item in items)
    return {
        "bench": "leakage_scan",
        "items": len(items),
        "characters": CHARACTERS,
        "seconds": round(time.process_time() - start, 2),
        "wall_seconds": round(time.perf_counter() - began, 2),
        "hits": hits,
        "clock": "processor",
        "target": "under 10 s",
    }


def reports(count: int, seed: int = 7) -> list[str]:
    """Return clean reports of 6,000 characters and a little more."""
    chance = random.Random(seed)
    return [clean_text(chance, CHARACTERS) for _ in range(count)]


def main() -> None:
    """Print the figures as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--seeds", default="101-105", help="Such as 101-105, or 1,3,4.")
    parser.add_argument("--show", action="store_true", help="What failed; tuning seeds only.")
    given = parser.parse_args()
    seeds = read_seeds(given.seeds)
    if given.show and max(seeds) >= FIRST_REPORTING_SEED:
        parser.error("--show is for seeds below 100; what reporting seeds miss stays unseen.")
    for line in shown(seeds) if given.show else run(seeds):
        print(json.dumps(line, ensure_ascii=False), flush=True)


def shown(seeds: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield what fails on these seeds."""
    entities = read_ontology(ontology_file()).entities
    lexicon = lexicon_of(entities)
    return failures(judged(case, lexicon) for case in planted(seeds, diseases_of(entities)))


def read_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds of a list such as 1,3 or a range such as 101-105."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


if __name__ == "__main__":
    main()
