"""Before an own reading nothing an adjudicator can reach depends on what readers said.

Two studies differ in what readers said of two items, and in nothing else: every method that an
adjudicator may call answers the same in both, or refuses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from src.domain.errors import ReviewToolError
from src.domain.evidence import span_of
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR, Actor
from src.domain.review import (
    AddedClaim,
    AddedCriterion,
    ClaimReading,
    CriterionReading,
    EditReason,
    Proposals,
    Recommendation,
    Verdict,
)
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import (
    Clock,
    actor,
    add_people,
    full_reading,
    item_line,
    open_round,
    write_items,
)
from tests.services.test_roles import METHODS, SETTLES

CHEN, LENA = actor("chen"), actor("lena")
DISPUTED, AGREED, LEAKY, GIVEN = (f"test/diagnosis/00{n}" for n in (1, 2, 3, 4))
MARK = "Zebra"
SPOT = span_of("context", item_line("001")["context"], 2, 13)
FLAG = LeakageFlag(
    kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context", span=SPOT), note=MARK
)
ADDED: dict[str, Any] = {
    "added_criteria": (AddedCriterion(text=f"{MARK} is named"),),
    "added_claims": (AddedClaim(text=f"A {MARK} was seen", verdict=Verdict.SUPPORTED),),
    "proposals": Proposals(aliases=(f"{MARK} disease",), captions={1: f"A {MARK}"}),
    "comment": f"{MARK} again",
}
REWORDED = CriterionReading(
    criterion_id="k2", action="edit", text=f"{MARK} testing", reason=EditReason.WRONG
)
LOUD: dict[str, dict[str, Any]] = {
    DISPUTED: ADDED | {"flags": (FLAG,)},
    AGREED: ADDED | {"criteria": (REWORDED,), "recommendation": Recommendation.REJECT},
    LEAKY: {"flags": (FLAG,), "comment": f"{MARK} again"},
}
"""What is said in one of the studies: of the disputed item by one reader, of the others by both."""

MASKING: dict[str, Callable[[Workbench, Actor, str], object]] = {
    "masking.of_item": lambda b, a, i: b.masking.of_item(a, i),
    "masking.propose": lambda b, a, i: b.masking.propose(a, i),
    "masking.before_after": lambda b, a, i: b.masking.before_after(a, i),
    "masking.apply": lambda b, a, i: b.masking.apply(a, i, ["0"]),
}
LEAKAGE: dict[str, Callable[[Workbench, Actor, str], object]] = {
    "leakage.counts": lambda b, a, i: b.leakage.counts(a),
    "leakage.page": lambda b, a, i: b.leakage.page(a),
    "leakage.item": lambda b, a, i: b.leakage.item(a, i),
    "leakage.is_counted": lambda b, a, i: b.leakage.is_counted(a),
    "leakage.count_anew": lambda b, a, i: b.leakage.count_anew(a),
    "leakage.statistics": lambda b, a, i: b.leakage.statistics(a),
}
LOOKING: dict[str, Callable[[Workbench, Actor, str], object]] = {
    "browsing.item": lambda b, a, i: b.browsing.item(a, i),
    "browsing.story": lambda b, a, i: b.browsing.story(a, i),
    "browsing.gold": lambda b, a, i: b.browsing.gold(a, 1, i),
    "browsing.waiting": lambda b, a, i: b.browsing.waiting(a),
    "scanning.hits": lambda b, a, i: b.scanning.hits(a, i),
    "duplicates.known": lambda b, a, i: b.duplicates.known(a),
    "duplicates.count": lambda b, a, i: b.duplicates.count(a),
    "adjudicating.case": lambda b, a, i: b.adjudicating.case(a, "first", i),
    "adjudicating.unseen": lambda b, a, i: b.adjudicating.unseen(a, "first", i),
    "adjudicating.drafts": lambda b, a, i: b.adjudicating.drafts(a, "first", i),
    "adjudicating.hand_on": lambda b, a, i: b.adjudicating.hand_on(
        a, "first", i, "claim:c1", "sofia", "x"
    ),
    "discussing.ask": lambda b, a, i: b.discussing.ask(a, "first", i, "claim:c1", "Why?"),
    "assigning.all_of": lambda b, a, i: b.assigning.all_of(a),
}
OF_AN_ITEM = MASKING | LEAKAGE | LOOKING
APART = {name for name in METHODS if name.startswith("ontologies.")} | {
    "browsing.head",
    "adjudicating.commit_own_reading",
}
"""What says nothing of an item, the hash of the log, and the own reading itself."""
CALLS: dict[str, Callable[[Workbench, Actor, Path], object]] = {
    name: act
    for name, (act, allowed) in METHODS.items()
    if SETTLES in allowed and name not in APART
}
for _name, _act in OF_AN_ITEM.items():
    for _item in (DISPUTED, AGREED, LEAKY):
        CALLS[f"{_name} {_item[-3:]}"] = lambda b, a, p, act=_act, item=_item: act(b, a, item)


@contextmanager
def study(folder: Path, *, loud: bool) -> Iterator[Workbench]:
    """Give four items of a blind round, and release 1; chen gave an own reading of the last.

    On the first and on the last the readers differ on the verdict, on the others in nothing.
    """
    url, store = f"sqlite:///{folder / 'review.db'}", str(folder / "images")
    init(url, store)
    bench = open_workbench(url, store, Clock())
    add_people(bench)
    lines = [item_line(f"00{n}", case=f"case-{n}") for n in (1, 2, 3, 4)]
    bench.importing.store_file(OPERATOR, write_items(folder / "in", lines))
    open_round(bench, blind_adjudication=True)
    for person in ("amara", "benoit"):
        while (task := bench.reviewing.next_item(actor(person), "first")) is not None:
            item_id = task.item.item_id
            said = LOUD.get(item_id, {}) if loud else {}
            if person == "benoit" and item_id in (DISPUTED, GIVEN):
                said = {"claims": (ClaimReading(claim_id="c1", verdict=Verdict.CONTRADICTED),)}
            body = full_reading(task.item, **said)
            key = f"{person}-{item_id}"
            bench.reviewing.submit(
                actor(person), "first", item_id, body, item_version=1, idempotency_key=key
            )
    bench.adjudicating.commit_own_reading(CHEN, "first", GIVEN, "Bone.", {})
    bench.releasing.release(LENA)
    bench.scanning.scan(OPERATOR)
    if loud:
        masks = bench.masking.propose(LENA, LEAKY).masks
        bench.masking.apply(LENA, LEAKY, [mask.mask_id for mask in masks])
    yield bench
    bench.close()


def told(bench: Workbench, name: str, folder: Path) -> str:
    """Return all a method gives an adjudicator, without hashes, ids and times."""
    try:
        found = CALLS[name](bench, CHEN, folder)
    except ReviewToolError as refusal:
        return f"refused: {refusal}"
    return re.sub(r"[0-9a-f]{16,}|\d{4}-\d\d-\d\dT[0-9:.]+Z?", "#", json.dumps(_plain(found)))


def _plain(found: object) -> object:
    if isinstance(found, BaseModel):
        return found.model_dump(mode="json")
    if isinstance(found, dict):
        return {str(key): _plain(value) for key, value in found.items()}
    if isinstance(found, (list, tuple)) or hasattr(found, "__next__"):
        return [_plain(one) for one in found]  # type: ignore[union-attr]
    return str(found)


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workbench, Workbench]]:
    """Give two studies in which other things were said of what chen has not read."""
    folder = tmp_path_factory.mktemp("blind")
    (folder / "quiet").mkdir()
    (folder / "loud").mkdir()
    with study(folder / "quiet", loud=False) as quiet, study(folder / "loud", loud=True) as loud:
        yield quiet, loud


@pytest.mark.parametrize("name", sorted(CALLS))
def test_nothing_an_adjudicator_can_call_depends_on_what_readers_said(
    studies: tuple[Workbench, Workbench], tmp_path: Path, name: str
) -> None:
    """No text, no count, no order; no word of theirs."""
    quiet, loud = (told(bench, name, tmp_path) for bench in studies)
    assert MARK not in loud
    assert quiet == loud


def test_with_the_own_reading_all_of_an_item_is_told(tmp_path: Path) -> None:
    """Its counts, its flags and its gold; the other items stay withheld."""
    with study(tmp_path, loud=True) as bench:
        assert bench.leakage.counts(CHEN).withheld == 3
        assert [i.item_id for i in bench.releasing.page(CHEN, 1)] == []
        for item_id in (DISPUTED, AGREED):
            bench.adjudicating.commit_own_reading(CHEN, "first", item_id, "A line", {})
        assert bench.leakage.counts(CHEN).withheld == 1
        assert bench.leakage.item(CHEN, DISPUTED).known is not None
        assert [i.item_id for i in bench.releasing.page(CHEN, 1)] == [AGREED]
        assert bench.adjudicating.worst_first(CHEN)[0].open_units > 1
        assert bench.browsing.story(CHEN, LEAKY).withheld == "first"
        assert bench.browsing.story(LENA, LEAKY).masked == (2,)
