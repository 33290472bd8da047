"""The study's Orphanet file: taken over whole, looked up fast, with names that people add."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import ontology
from src.domain.errors import BadInputError, NotAllowedError, NotFoundError
from src.domain.ontology import Found
from src.domain.people import OPERATOR, Role
from src.services.workbench import Workbench, open_workbench
from tests.builders import actor, item_line, open_round, write_items

AMARA, BENOIT, LENA = actor("amara"), actor("benoit"), actor("lena")
REAL = Path(__file__).parents[3] / "shared" / "data" / "ontology" / "orphanet_nomenclature.tsv"
needs_real_file = pytest.mark.skipif(not REAL.is_file(), reason=f"no Orphanet file at {REAL}")
HEADER = "orpha_code\tpreferred_term\tsynonyms\tdisorder_type\tgroup_level\tgenes\tparents\n"
ROWS = (
    "35687\tErdheim-Chester disease\tPolyostotic sclerosing histiocytosis\tDisease\tDisorder"
    "\tBRAF;MAP2K1\t158022;999999\n"
    "158022\tRare histiocytosis\t\tCategory\tGroup of disorders\t\t\n"
    "160\tCastleman disease\tAngiofollicular ganglionic hyperplasia; Castleman tumor\tDisease"
    "\tDisorder\t\t\n"
    "93685\tUnicentric Castleman disease\tLocalized Castleman disease\tClinical subtype"
    "\tSubtype of disorder\t\t160\n"
    "8\t47,XYY syndrome\tDouble Y syndrome\tMalformation syndrome\tDisorder\t\t\n"
)
XML = """<JDBOR version="1.3.42"><DisorderList>
<Disorder><OrphaCode>7</OrphaCode><Name lang="en">New name</Name><SynonymList/></Disorder>
<Disorder><OrphaCode>99</OrphaCode><Name lang="en">Old name</Name>
 <DisorderFlagList><DisorderFlag><Label>Inactive</Label></DisorderFlag></DisorderFlagList>
 <SynonymList/><DisorderDisorderAssociationList><DisorderDisorderAssociation>
  <TargetDisorder id="1"><OrphaCode>7</OrphaCode></TargetDisorder>
  <DisorderDisorderAssociationType><Name lang="en">Moved to</Name></DisorderDisorderAssociationType>
 </DisorderDisorderAssociation></DisorderDisorderAssociationList></Disorder>
<Disorder><OrphaCode>98</OrphaCode><Name lang="en">OBSOLETE: Gone name</Name><SynonymList/></Disorder>
</DisorderList></JDBOR>"""  # noqa: E501


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write a small Orphanet file."""
    path = tmp_path / "orphanet.tsv"
    path.write_text(HEADER + ROWS, encoding="utf-8")
    return path


@pytest.fixture
def stored(bench: Workbench, file: Path) -> Workbench:
    """Give a study with the small Orphanet file in force."""
    bench.ontologies.store_file(LENA, file)
    return bench


def codes(bench: Workbench, text: str, size: int = 12) -> list[str]:
    """Return the codes a search finds, in order; those that are only near with a question mark."""
    found = bench.ontologies.search(AMARA, text, size)
    return [one.orpha_code + "?" * one.near for one in found]


# ---- the file -----------------------------------------------------------------------------


def test_without_a_file_everything_is_empty(bench: Workbench) -> None:
    """The tool runs, and says nothing it does not know."""
    assert bench.ontologies.in_force(AMARA) is None
    assert bench.ontologies.search(AMARA, "Erdheim") == []
    assert bench.ontologies.entity(AMARA, "35687") is None
    with bench.database.reading() as t:
        parts = ontology.lexicon_parts(t)
    assert (parts.names, parts.genes, parts.related) == ([], {}, {})


def test_a_file_is_recorded_with_its_hash_and_its_event(bench: Workbench, file: Path) -> None:
    report = bench.ontologies.store_file(LENA, file)
    assert (report.changed, report.file.entities, report.names) == (True, 5, 10)
    assert report.missing_parents == 1
    assert report.file.name == "orphanet.tsv"
    assert bench.ontologies.in_force(AMARA) == report.file
    assert bench.browsing.log(LENA)[0].kind == "ontology.stored"
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_the_same_file_again_changes_nothing(stored: Workbench, file: Path) -> None:
    head = stored.browsing.head(OPERATOR)
    report = stored.ontologies.store_file(OPERATOR, file)
    assert (report.changed, report.file.number) == (False, 1)
    assert stored.browsing.head(OPERATOR) == head


def test_another_file_takes_its_place_and_an_older_one_may_return(
    stored: Workbench, file: Path, tmp_path: Path
) -> None:
    """Added names stay, also while no file knows their disease."""
    stored.ontologies.add_alias(AMARA, "ORPHA:35687", "ECD")
    other = tmp_path / "en_product1.xml"
    other.write_text(XML, encoding="utf-8")
    stored.ontologies.store_file(LENA, other)
    assert codes(stored, "Erdheim") == codes(stored, "ECD") == []
    assert stored.ontologies.in_force(AMARA).version == "1.3.42"  # type: ignore[union-attr]

    report = stored.ontologies.store_file(LENA, file)

    assert (report.changed, report.file.number) == (True, 3)
    assert codes(stored, "ECD") == ["35687"]
    assert [a.text for a in stored.ontologies.aliases(LENA)] == ["ECD"]
    assert stored.browsing.verify(OPERATOR).problems == ()


def test_a_malformed_file_changes_nothing(stored: Workbench, tmp_path: Path) -> None:
    bad = tmp_path / "bad.tsv"
    bad.write_text(HEADER + ROWS + "x\tA\t\t\t\t\t\n", encoding="utf-8")
    head = stored.browsing.head(OPERATOR)
    with pytest.raises(BadInputError, match="line 7") as caught:
        stored.ontologies.store_file(LENA, bad)
    assert [(p.line, p.column, p.rule) for p in caught.value.problems] == [
        (7, "orpha_code", "bad_code")
    ]
    assert stored.browsing.head(OPERATOR) == head
    assert codes(stored, "Erdheim") == ["35687"]


def test_a_changed_row_of_a_file_or_a_name_is_found(stored: Workbench) -> None:
    """By the chain, once the triggers are gone."""
    if not stored.database.is_sqlite:
        pytest.skip("the chain is the same on both")
    stored.ontologies.add_alias(AMARA, "35687", "ECD")
    for table, column in (("ontology_file", "version"), ("alias", "text")):
        with stored.database.connection() as connection:
            connection.exec_driver_sql(f'DROP TRIGGER "{table}_no_update"')
            connection.exec_driver_sql(f"UPDATE {table} SET {column} = 'other'")
        assert any(table in problem for problem in stored.browsing.verify(OPERATOR).problems)


# ---- looking up ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("35687", ["35687"]),
        (" ORPHA:35687 ", ["35687"]),
        ("erdheim", ["35687"]),
        ("Chester erd", ["35687"]),
        ("ERDHEIM–CHESTER'S", ["35687"]),
        ("sclerosing", ["35687"]),
        ("castleman disease", ["160", "93685"]),
        ("castleman", ["160", "93685"]),
        ("localized cas", ["93685"]),
        ("47", ["8"]),
        ("8", ["8"]),
        ("47,XYY", ["8"]),
        ("c", ["160"]),
        ("castelman", ["160?", "93685?"]),
        ("erdhiem chestre", ["35687?"]),
        ("uncentric castleman diseese", ["93685?"]),
        ("qqqq", []),
        ("", []),
        ('"; DROP TABLE ontology_name; --', []),
        ("%", []),
    ],
)
def test_a_disease_is_found_by_code_word_and_synonym(
    stored: Workbench, text: str, expected: list[str]
) -> None:
    assert codes(stored, text) == expected


def test_what_is_found_says_by_which_name(stored: Workbench) -> None:
    assert stored.ontologies.search(AMARA, "localized castleman") == [
        Found(
            orpha_code="93685",
            term="Unicentric Castleman disease",
            matched="Localized Castleman disease",
            status="active",
        )
    ]
    assert stored.ontologies.search(AMARA, "ORPHA:160")[0].matched == "160"
    assert len(stored.ontologies.search(AMARA, "castleman", 1)) == 1


def test_obsolete_and_moved_codes_are_found_and_say_where_they_went(
    bench: Workbench, tmp_path: Path
) -> None:
    path = tmp_path / "en_product1.xml"
    path.write_text(XML, encoding="utf-8")
    bench.ontologies.store_file(LENA, path)
    assert codes(bench, "name") == ["7", "99", "98"]
    (moved,) = bench.ontologies.search(AMARA, "99")
    assert (moved.status, moved.moved_to) == ("moved", "7")
    view = bench.ontologies.entity(AMARA, "99")
    assert view is not None
    assert view.moved_to is not None
    assert (view.moved_to.orpha_code, view.moved_to.term) == ("7", "New name")
    assert codes(bench, "gone name") == ["98"]
    with bench.database.reading() as t:
        names = ontology.lexicon_parts(t).names
    assert ("Old name", "7", "term") in names
    assert ("Gone name", "98", "term") in names


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.text(max_size=30))
def test_any_text_may_be_looked_up(stored: Workbench, text: str) -> None:
    """It finds something or nothing, and never breaks the query."""
    for one in stored.ontologies.search(AMARA, text):
        assert one.term


def test_an_entity_is_shown_with_parents_by_name(stored: Workbench) -> None:
    view = stored.ontologies.entity(AMARA, "ORPHA:35687")
    assert view is not None
    assert (view.entity.term, view.entity.genes) == ("Erdheim-Chester disease", ("BRAF", "MAP2K1"))
    assert view.entity.synonyms == ("Polyostotic sclerosing histiocytosis",)
    assert [(p.orpha_code, p.term) for p in view.parents] == [
        ("158022", "Rare histiocytosis"),
        ("999999", ""),
    ]
    assert "INSERM" in view.attribution
    assert stored.ontologies.entity(AMARA, "1") is None
    assert stored.ontologies.entity(AMARA, "no code") is None


# ---- names that people add ----------------------------------------------------------------


def test_an_added_name_is_found_and_told_to_leads_with_who_gave_it(stored: Workbench) -> None:
    """Another reader sees the name, and not whose it is."""
    alias = stored.ontologies.add_alias(AMARA, "ORPHA:35687", "  ECD ")
    assert (alias.subject, alias.text, alias.person) == ("orpha:35687", "ECD", "amara")
    assert stored.ontologies.search(BENOIT, "ecd")[0].matched == "ECD"
    seen = {
        person: stored.ontologies.entity(actor(person), "35687").aliases[0].person  # type: ignore[union-attr]
        for person in ("amara", "benoit", "chen", "lena")
    }
    assert seen == {"amara": "amara", "benoit": "", "chen": "", "lena": "amara"}
    assert stored.browsing.log(LENA)[0].kind == "alias.added"


def test_a_name_that_stands_is_returned_as_it_is(stored: Workbench) -> None:
    first = stored.ontologies.add_alias(AMARA, "35687", "ECD")
    head = stored.browsing.head(OPERATOR)
    assert stored.ontologies.add_alias(BENOIT, "35687", "ECD") == first
    assert stored.browsing.head(OPERATOR) == head


def test_a_name_is_taken_back_by_its_giver_or_a_lead_and_may_come_again(stored: Workbench) -> None:
    stored.ontologies.add_alias(AMARA, "35687", "ECD")
    with pytest.raises(NotAllowedError, match="Only who added"):
        stored.ontologies.withdraw_alias(BENOIT, "35687", "ECD")
    stored.ontologies.withdraw_alias(AMARA, "ORPHA:35687", "ECD")
    assert codes(stored, "ECD") == []
    with pytest.raises(NotFoundError):
        stored.ontologies.withdraw_alias(AMARA, "35687", "ECD")
    stored.ontologies.add_alias(BENOIT, "35687", "ECD")
    stored.ontologies.withdraw_alias(LENA, "35687", "ECD")
    assert stored.ontologies.aliases(LENA, "ORPHA:35687") == []
    assert stored.browsing.verify(OPERATOR).problems == ()


@pytest.mark.parametrize("text", ["", " ' ", "a\x00b", "a\nb", "x" * 201, "\ud800a"])
def test_what_is_no_name_is_refused(stored: Workbench, text: str) -> None:
    with pytest.raises(BadInputError):
        stored.ontologies.add_alias(AMARA, "35687", text)


def test_a_name_orphanet_has_already_is_refused(stored: Workbench) -> None:
    with pytest.raises(BadInputError, match="already"):
        stored.ontologies.add_alias(AMARA, "35687", "Erdheim-Chester disease")


def test_only_what_is_there_gets_a_name(stored: Workbench, tmp_path: Path) -> None:
    """A disease of the file in force; an item, by those who were given it."""
    for subject in ("ORPHA:1", "item:test/diagnosis/001", "test/diagnosis/001", "", "orpha:"):
        with pytest.raises(NotFoundError):
            stored.ontologies.add_alias(AMARA, subject, "ECD")
    lines = [item_line("001", images=[])]
    stored.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(stored, persons=("amara",))
    stored.reviewing.next_item(AMARA, "first")
    subject = "item:test/diagnosis/001"
    assert stored.ontologies.add_alias(AMARA, subject, "ECD").subject == subject
    with pytest.raises(NotFoundError):
        stored.ontologies.add_alias(BENOIT, subject, "ECD")
    assert stored.ontologies.add_alias(LENA, subject, "Chester").person == "lena"


def test_who_was_disabled_meanwhile_adds_nothing(stored: Workbench) -> None:
    stored.people.set_active(OPERATOR, "amara", False)
    with pytest.raises(NotAllowedError):
        stored.ontologies.add_alias(AMARA, "35687", "ECD")


# ---- what a scan looks for ----------------------------------------------------------------


def test_a_scan_gets_names_genes_and_relatives(stored: Workbench) -> None:
    stored.ontologies.add_alias(AMARA, "35687", "ECD")
    with stored.database.reading() as t:
        parts = ontology.lexicon_parts(t)
        assert parts.digest == ontology.lexicon_digest(t)
    assert {("Erdheim-Chester disease", "35687", "term"), ("ECD", "35687", "added")} <= set(
        parts.names
    )
    assert parts.genes == {"35687": ("BRAF", "MAP2K1")}
    assert parts.related["160"] == {"93685"}
    assert parts.related["93685"] == {"160"}


def test_the_digest_of_a_scan_changes_with_file_and_names_and_with_nothing_else(
    stored: Workbench, tmp_path: Path
) -> None:
    def digest() -> str:
        with stored.database.reading() as t:
            return ontology.lexicon_digest(t)

    before = digest()
    stored.ontologies.add_alias(AMARA, "35687", "ECD")
    added = digest()
    stored.ontologies.withdraw_alias(AMARA, "35687", "ECD")
    assert digest() == before != added
    other = tmp_path / "en_product1.xml"
    other.write_text(XML, encoding="utf-8")
    stored.ontologies.store_file(LENA, other)
    assert digest() not in {before, added}


# ---- who may ------------------------------------------------------------------------------


def test_only_leads_and_admins_bring_a_file_and_only_members_look_things_up(
    bench: Workbench, file: Path
) -> None:
    for person in ("amara", "chen", "emil", "stranger"):
        with pytest.raises(NotAllowedError):
            bench.ontologies.store_file(actor(person), file)
    with pytest.raises(NotAllowedError):
        bench.ontologies.search(actor("stranger"), "a")
    with pytest.raises(NotAllowedError):
        bench.ontologies.aliases(AMARA)
    assert Role.EVALUATOR in actor("emil").roles
    assert bench.ontologies.search(actor("emil"), "a") == []


# ---- the real file ------------------------------------------------------------------------


@needs_real_file
def test_the_whole_nomenclature_is_taken_over_and_looked_up_fast(
    bench: Workbench, database_url: str, tmp_path: Path
) -> None:
    """Within 5 s, and each look-up within 50 ms, tried until it is, for the machine may be busy."""
    started = time.process_time()
    report = bench.ontologies.store_file(LENA, REAL)
    seconds = time.process_time() - started
    assert report.file.entities == 9_960
    assert report.missing_parents == 38
    assert seconds < 5
    again = open_workbench(database_url, str(tmp_path / "images"))
    looked_up = {
        "35687": "35687",
        "ORPHA:35687": "35687",
        "erdheim": "35687",
        "angiofollicular gang": "160",
        "castelman": "160",
        "erdhaim chester diseese": "35687",
        "syndrome": "",
        "disease type": "",
        "s": "",
    }
    print(f"taken over in {seconds:.2f} s of processor time")
    for text, code in looked_up.items():
        tries = (_timed(again, text, code) for _ in range(20))
        best = next((seconds for seconds in tries if seconds < 0.05), 1.0)
        print(f"{text}: {best * 1000:.1f} ms")
        assert best < 0.05, text
    view = again.ontologies.entity(AMARA, "35687")
    assert view is not None
    assert all(parent.term for parent in view.parents)
    again.close()


def _timed(bench: Workbench, text: str, code: str) -> float:
    started = time.perf_counter()
    found = bench.ontologies.search(AMARA, text)
    seconds = time.perf_counter() - started
    assert found
    assert not code or found[0].orpha_code == code, (text, found[:3])
    return seconds
