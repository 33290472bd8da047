"""What the matcher leaves to people waits in a queue; their word counts at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from src.domain.item import Track
from src.domain.match_ruling import Ruled
from src.domain.people import OPERATOR
from src.services import matching
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, statements
from tests.services.test_scoring import EMIL, answer, board, store

FIRST = "test/diagnosis/001"


def diagnosis(index: str, **changes: Any) -> dict[str, Any]:
    """Return a diagnosis whose only criterion is the disease itself."""
    return item_line(index, case=f"c{index}", **{"criteria": [], "orpha_code": "", **changes})


def said(text: str, index: str = "001") -> dict[str, Any]:
    """Return an answer."""
    return {"index": index, "prediction": text}


def score(bench: Workbench, model: str = "model-a") -> tuple[float | None, dict[str, int]]:
    """Return a model's strict score and why answers have none."""
    row = board(bench)[(model, "strict_score")]
    return row.value, row.reasons


def test_what_needs_review_waits_once_for_all_models_that_said_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """Sure names do not wait; the same name in another writing is the same entry."""
    store(bench, tmp_path, [diagnosis("001"), diagnosis("002")])
    answer(bench, tmp_path, [said("Erdheim disease"), said("ECD", "002")], track=Track.DIAGNOSIS)
    answer(bench, tmp_path, [said("**erdheim disease**"), said("Gout", "002")], model="model-b",
           track=Track.DIAGNOSIS)  # fmt: skip

    page = bench.matching.queue(EMIL)

    assert page.after == ""
    [waiting] = page.names
    assert (waiting.item_id, waiting.name, waiting.answer) == (
        FIRST,
        "Erdheim disease",
        "Erdheim-Chester disease",
    )
    assert (waiting.models, waiting.answers) == (("model-a", "model-b"), 2)
    assert "less specific" in waiting.explanation


def test_an_answer_of_codes_only_waits_by_its_codes_and_can_be_ruled_on(
    bench: Workbench, tmp_path: Path
) -> None:
    store(bench, tmp_path, [diagnosis("001", orpha_code="ORPHA:35687")])
    answer(bench, tmp_path, [said("ORPHA:35687 or ORPHA:558")], track=Track.DIAGNOSIS)

    [waiting] = bench.matching.queue(EMIL).names
    assert waiting.name == "ORPHA:35687 or ORPHA:558"

    bench.matching.reject(EMIL, FIRST, waiting.name)

    assert bench.matching.queue(EMIL).names == ()
    assert score(bench)[0] == 0.0


def test_an_explanation_neither_denies_nor_hides_the_disease_and_a_doubt_can_be_ruled_on(
    bench: Workbench, tmp_path: Path
) -> None:
    """A list was unscored, or 0, for what it said of the right name; a late diagnosis was 0."""
    long = "Bone pain and a coated aorta fit. Low fever is not typical of it, they say. " * 4
    listing = item_line("003", track="differential", case="c3", criteria=[], orpha_code="")
    store(bench, tmp_path, [diagnosis("001"), diagnosis("002"), listing])
    answer(bench, tmp_path, [said(f"1. Erdheim-Chester disease: {long}\n2. Gout", "003")],
           track=Track.DIFFERENTIAL)  # fmt: skip
    answer(bench, tmp_path, [
        said("Let me look.\n\nThe final diagnosis is Erdheim-Chester disease."),
        said("Erdheim-Chester disease: coated aorta. Ruled out by the biopsy.", "002"),
    ], track=Track.DIAGNOSIS)  # fmt: skip

    [waiting] = bench.matching.queue(EMIL).names
    assert (waiting.item_id, waiting.name) == (
        "test/diagnosis/002",
        "Erdheim-Chester disease - Ruled out by the biopsy",
    )
    bench.matching.reject(EMIL, "test/diagnosis/002", waiting.name)

    rows = {row.track: row.value for row in bench.scoring.leaderboard(EMIL)}
    assert rows == {Track.DIAGNOSIS: 0.5, Track.DIFFERENTIAL: 1.0}


def test_an_accepted_name_is_an_alias_and_moves_the_score_at_once(
    bench: Workbench, tmp_path: Path
) -> None:
    """No judge is asked; every answer that gives the name has its score."""
    store(bench, tmp_path, [diagnosis("001")])
    answer(bench, tmp_path, [said("Most likely: Erdheim disease")], track=Track.DIAGNOSIS)
    assert score(bench) == (None, {"waits in the queue of names": 1})

    ruling = bench.matching.accept(EMIL, FIRST, "Erdheim disease")

    assert (ruling.ruling, ruling.person) == (Ruled.ACCEPTED, "emil")
    assert score(bench) == (1.0, {})
    assert bench.matching.queue(EMIL).names == ()
    [alias] = bench.ontologies.aliases(actor("lena"), f"item:{FIRST}")
    assert (alias.text, alias.person) == ("Erdheim disease", "emil")
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_rejected_name_is_another_disease_and_a_zero_with_somebody_behind_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """It is stored with who said so, and waits no more."""
    store(bench, tmp_path, [diagnosis("001")])
    answer(bench, tmp_path, [said("Erdheim disease")], track=Track.DIAGNOSIS)

    bench.matching.reject(actor("chen"), FIRST, "Erdheim disease")

    assert score(bench) == (0.0, {})
    [ruling] = bench.matching.rulings(EMIL).rulings
    assert (ruling.item_id, ruling.name, ruling.ruling, ruling.person, ruling.against) == (
        FIRST,
        "Erdheim disease",
        Ruled.REJECTED,
        "chen",
        "Erdheim-Chester disease",
    )
    assert bench.matching.queue(EMIL).names == ()


def test_a_ruling_can_be_changed_and_taken_back(bench: Workbench, tmp_path: Path) -> None:
    """Each word is a row of its own; the newest counts, and the alias follows it.

    Somebody else's word is not written over: they are named, and nothing changes.
    """
    store(bench, tmp_path, [diagnosis("001")])
    answer(bench, tmp_path, [said("Erdheim disease")], track=Track.DIAGNOSIS)
    bench.matching.accept(EMIL, FIRST, "Erdheim disease")
    with pytest.raises(ConflictError, match="Emil Novak has said already"):
        bench.matching.reject(actor("lena"), FIRST, "Erdheim disease")
    assert score(bench) == (1.0, {})
    bench.matching.accept(actor("lena"), FIRST, "Erdheim disease")
    assert [ruling.person for ruling in bench.matching.rulings(EMIL).rulings] == ["emil"]
    bench.matching.reject(EMIL, FIRST, "Erdheim disease")
    assert score(bench) == (0.0, {})
    assert bench.ontologies.aliases(actor("lena"), f"item:{FIRST}") == []

    bench.matching.reopen(EMIL, FIRST, "Erdheim disease")

    assert score(bench) == (None, {"waits in the queue of names": 1})
    assert [waiting.name for waiting in bench.matching.queue(EMIL).names] == ["Erdheim disease"]
    assert bench.matching.rulings(EMIL).rulings == ()
    with pytest.raises(NotFoundError, match="Nothing was said"):
        bench.matching.reopen(EMIL, FIRST, "Erdheim disease")
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_page_of_the_queue_leads_on_only_where_another_name_waits(
    bench: Workbench, tmp_path: Path
) -> None:
    """Two names and pages of one: the second page is the last."""
    store(bench, tmp_path, [diagnosis("001"), diagnosis("002"), diagnosis("003")])
    lines = [said("Erdheim disease"), said("Chester's disease", "002"), said("Gout", "003")]
    answer(bench, tmp_path, lines, track=Track.DIAGNOSIS)
    first = bench.matching.queue(EMIL, size=1)
    second = bench.matching.queue(EMIL, first.after, size=1)
    assert [len(first.names), len(second.names)] == [1, 1]
    assert second.after == ""
    assert bench.matching.queue(EMIL, "nonsense", size=1) == first


def test_in_a_list_only_names_wait_that_keep_it_from_its_score(
    bench: Workbench, tmp_path: Path
) -> None:
    """One sure match is enough; without one every doubtful name waits."""
    lines = [diagnosis(index, track="differential") for index in ("001", "002")]
    store(bench, tmp_path, lines)
    answers = [
        said("1. Erdheim disease\n2. Erdheim-Chester disease"),
        said("1. Gout\n2. Erdheim disease\n3. Chester disease", "002"),
    ]
    answer(bench, tmp_path, answers, track=Track.DIFFERENTIAL)

    names = bench.matching.queue(EMIL).names

    assert [(waiting.item_id, waiting.name) for waiting in names] == [
        ("test/differential/002", "Erdheim disease"),
        ("test/differential/002", "Chester disease"),
    ]
    bench.matching.reject(EMIL, "test/differential/002", "Chester disease")
    assert score(bench)[1] == {"waits in the queue of names": 1}
    bench.matching.accept(EMIL, "test/differential/002", "Erdheim disease")
    assert score(bench) == (1.0, {})


def test_names_and_codes_of_the_ontology_in_force_count(bench: Workbench, tmp_path: Path) -> None:
    """Without the file a synonym is another name; with it, it is the disease, by its moved code."""
    store(bench, tmp_path, [diagnosis("001", orpha_code="ORPHA:35687", aliases=[])])
    text = "Polyostotic sclerosing histiocytosis"
    answer(bench, tmp_path, [said(text)], track=Track.DIAGNOSIS)
    assert score(bench) == (0.0, {})

    table = tmp_path / "orphanet.tsv"
    table.write_text(
        f"orpha_code\tpreferred_term\tsynonyms\n35687\tErdheim-Chester disease\t{text}\n"
    )
    bench.ontologies.store_file(actor("lena"), table)

    assert score(bench) == (1.0, {})
    bench.ontologies.add_alias(actor("lena"), "ORPHA:35687", "Chester's lipogranulomatosis")
    answer(bench, tmp_path, [said("Chester lipogranulomatosis")], track=Track.DIAGNOSIS)
    assert score(bench) == (1.0, {})


ORPHANET = (
    "orpha_code\tpreferred_term\tsynonyms\tgroup_level\tparents\n"
    "226\tDHPR deficiency\tPhenylketonuria type 2\tDisorder\t\n"
    "716\tPhenylketonuria\tPKU\tDisorder\t\n"
    "717\tMild phenylketonuria\t\tSubtype of disorder\t716\n"
)


def test_the_name_of_another_disease_in_the_ontology_waits_for_nobody(
    bench: Workbench, tmp_path: Path
) -> None:
    """It is 0 and says why; a disease and its subtype wait as before."""
    store(bench, tmp_path, [
        diagnosis("001", answer="DHPR deficiency", aliases=[], orpha_code="ORPHA:226"),
        diagnosis("002", answer="Mild phenylketonuria", aliases=[], orpha_code="ORPHA:717"),
    ])  # fmt: skip
    given = [said("Phenylketonuria type 2 or Phenylketonuria"), said("Phenylketonuria", "002")]
    answer(bench, tmp_path, given, track=Track.DIAGNOSIS)
    answer(bench, tmp_path, [said("Phenylketonuria (PKU)")], model="b", track=Track.DIAGNOSIS)
    (tmp_path / "orphanet.tsv").write_text(ORPHANET, encoding="utf-8")
    bench.ontologies.store_file(actor("lena"), tmp_path / "orphanet.tsv")

    waiting = bench.matching.queue(EMIL).names

    assert [(w.item_id, w.name) for w in waiting] == [
        (FIRST, "Phenylketonuria type 2 or Phenylketonuria"),
        ("test/diagnosis/002", "Phenylketonuria"),
    ]
    assert score(bench, "b")[0] == 0.0
    with pytest.raises(BadInputError, match=r"another disease .*ORPHA:716"):
        bench.matching.accept(EMIL, FIRST, "Phenylketonuria")

    (tmp_path / "orphanet.tsv").write_text(ORPHANET.replace("716", "227"), encoding="utf-8")
    bench.ontologies.store_file(actor("lena"), tmp_path / "orphanet.tsv")
    with pytest.raises(BadInputError, match="ORPHA:227"):
        bench.matching.accept(EMIL, FIRST, "Phenylketonuria")


def test_many_names_of_one_item_are_paged_too(bench: Workbench, tmp_path: Path) -> None:
    """Seven models, seven names of one item: three pages, and the next item behind them."""
    store(bench, tmp_path, [diagnosis("001"), diagnosis("002")])
    for n in range(7):
        given = [said(f"Erdheim-Chester disease form{n}x")] + [said("Erdheim disease", "002")] * (
            n == 0
        )
        answer(bench, tmp_path, given, model=f"m{n}", track=Track.DIAGNOSIS)

    pages, after = [], ""
    while len(pages) < 9:
        page = bench.matching.queue(EMIL, after, size=3)
        pages.append([(w.item_id[-3:], w.name[-2:]) for w in page.names])
        after = page.after
        if not after:
            break

    assert pages == [
        [("001", "0x"), ("001", "1x"), ("001", "2x")],
        [("001", "3x"), ("001", "4x"), ("001", "5x")],
        [("001", "6x"), ("002", "se")],
    ]
    assert bench.matching.queue(EMIL, f"{FIRST}#7").names == bench.matching.queue(EMIL, FIRST).names


def test_an_item_whose_id_ends_like_a_place_in_the_queue_is_that_item(
    bench: Workbench, tmp_path: Path
) -> None:
    """Behind 'x#1' is what follows the item of this name, not the second name of 'x'."""
    store(bench, tmp_path, [diagnosis("x"), diagnosis("x#1"), diagnosis("y")])
    given = [said("Erdheim disease", index) for index in ("x", "x#1", "y")]
    answer(bench, tmp_path, given, track=Track.DIAGNOSIS)

    first = bench.matching.queue(EMIL, "test/diagnosis/x", size=1)

    assert [w.item_id for w in first.names] == ["test/diagnosis/x#1"]
    assert first.after == "test/diagnosis/x#1"
    behind = bench.matching.queue(EMIL, first.after, size=1)
    assert [w.item_id for w in behind.names] == ["test/diagnosis/y"]


def test_names_and_rulings_of_an_item_wait_for_the_own_reading(
    bench: Workbench, tmp_path: Path
) -> None:
    """Of an item they still have to read, an adjudicator learns what models answered afterwards."""
    chen, second = actor("chen"), "test/diagnosis/002"
    store(bench, tmp_path, [diagnosis("001"), diagnosis("002")])
    given = [said("Erdheim disease"), said("Erdheim disease", "002")]
    answer(bench, tmp_path, given, track=Track.DIAGNOSIS)
    open_round(bench, item_ids=[FIRST], blind_adjudication=True)
    read_all(bench, "amara")
    read_all(bench, "benoit")

    page = bench.matching.queue(chen)

    assert ([w.item_id for w in page.names], page.kept_back) == ([second], 1)
    assert bench.matching.queue(EMIL).kept_back == 0
    for act in (bench.matching.accept, bench.matching.reject):
        with pytest.raises(NotAllowedError, match="own reading"):
            act(chen, FIRST, "Erdheim disease")
    bench.matching.accept(EMIL, FIRST, "Erdheim disease")
    bench.matching.accept(EMIL, second, "Erdheim disease")
    with pytest.raises(NotAllowedError, match="own reading"):
        bench.matching.reopen(chen, FIRST, "Erdheim disease")
    assert [ruling.item_id for ruling in bench.matching.rulings(chen).rulings] == [second]
    assert len(bench.matching.rulings(EMIL).rulings) == 2


def test_rulings_are_paged(bench: Workbench, tmp_path: Path) -> None:
    """Each page leads to the next; the last one nowhere."""
    store(bench, tmp_path, [diagnosis("001")])
    names = ["Chester disease", "Erdheim disease", "Erdheim-Chester syndrome"]
    for name in names:
        bench.matching.reject(EMIL, FIRST, name)
    first = bench.matching.rulings(EMIL, size=2)
    last = bench.matching.rulings(EMIL, first.after, size=2)
    found = [r.name for r in (*first.rulings, *last.rulings)]
    assert (sorted(found), len(first.rulings)) == (names, 2)
    assert (first.after, last.after) == (f"{FIRST}#{first.rulings[-1].normal}", "")
    assert bench.matching.rulings(EMIL, FIRST).rulings == ()


def test_rulings_leave_the_published_measures_as_they_are(bench: Workbench, tmp_path: Path) -> None:
    """Compatible mode checks printed numbers: names that people accept are not in them."""
    store(bench, tmp_path, [diagnosis("001", aliases=[])])
    answer(bench, tmp_path, [said("Erdheim disease")], track=Track.DIAGNOSIS)
    before = board(bench, mode="compatible")[("model-a", "token_f1")].value
    bench.matching.accept(EMIL, FIRST, "Erdheim disease")
    assert board(bench, mode="compatible")[("model-a", "token_f1")].value == before


@pytest.mark.parametrize("name", ["Gout", "Erdheim-Chester disease", "", "x" * 300])
def test_what_is_not_open_cannot_be_ruled_on(bench: Workbench, tmp_path: Path, name: str) -> None:
    """A sure yes or no is the matcher's; a text is no name."""
    store(bench, tmp_path, [diagnosis("001")])
    with pytest.raises(BadInputError):
        bench.matching.accept(EMIL, FIRST, name)
    with pytest.raises(NotFoundError):
        bench.matching.accept(EMIL, "test/diagnosis/999", "Erdheim disease")
    with pytest.raises(NotAllowedError):
        bench.matching.queue(actor("amara"))


def test_pages_follow_each_other_and_cost_no_more_in_a_larger_study(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two a page over five items; a page looks at a bounded number of items."""
    lines = [diagnosis(f"{n:03}", images=[]) for n in range(1, 6)]
    store(bench, tmp_path, [*lines, diagnosis("001", track="differential", images=[])])
    given = [said("Erdheim disease", f"{n:03}") for n in range(1, 6)]
    answer(bench, tmp_path, given, track=Track.DIAGNOSIS)
    answer(bench, tmp_path, [said("1. Erdheim disease")], track=Track.DIFFERENTIAL)

    seen, after = [], ""
    while True:
        page = bench.matching.queue(EMIL, after, size=2)
        seen += [waiting.item_id for waiting in page.names]
        after = page.after
        if not after:
            break
    assert seen == [f"test/diagnosis/{n:03}" for n in range(1, 6)] + ["test/differential/001"]

    monkeypatch.setattr(matching, "LOOKED_AT", 2)
    monkeypatch.setattr(matching, "PAGE", 2)
    with statements(bench) as ran:
        page = bench.matching.queue(EMIL, size=25)
    assert page.after == "test/diagnosis/002"
    assert len(ran) <= 10
