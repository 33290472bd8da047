"""The Orphanet nomenclature is read whole, from any of its files, or refused with line and rule."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from src.domain.errors import BadInputError
from src.domain.ontology import Entity, bare_code, folded, unmarked
from src.files import orphanet
from src.files.orphanet import read_ontology

REAL = Path(__file__).parents[3] / "shared" / "data" / "ontology" / "orphanet_nomenclature.tsv"
needs_real_file = pytest.mark.skipif(not REAL.is_file(), reason=f"no Orphanet file at {REAL}")
HEADER = "orpha_code\tpreferred_term\tsynonyms\tgroup_level\tgenes\tparents\n"
ECD = "35687\tErdheim-Chester disease\tPolyostotic histiocytosis\tDisorder\tBRAF;MAP2K1\t158022\n"
Write = Callable[..., Path]


def one(path: Path) -> Entity:
    """Return the only entity of a file."""
    (entity,) = read_ontology(path).entities
    return entity


def refused(path: Path) -> list[tuple[int | None, str | None, str]]:
    """Return line, column and rule of each problem of a file that is refused."""
    with pytest.raises(BadInputError) as caught:
        read_ontology(path)
    return [(p.line, p.column, p.rule) for p in caught.value.problems]


# ---- the table ----------------------------------------------------------------------------


def test_a_table_is_read_by_its_header_in_any_order(raw: Write) -> None:
    text = (
        "note\tsynonyms\torpha_code\tpreferred_term\tparents\tgenes\tdefinition\n"
        "x\tAML with t(8;21)(q22;q22); Another; Another\tORPHA:102724\tAML M2\t1; 2;1\tA;B\tText\n"
    )

    entity = one(raw(text, "o.tsv"))

    assert entity == Entity(
        orpha_code="102724",
        term="AML M2",
        synonyms=("AML with t(8;21)(q22;q22)", "Another"),
        parents=("1", "2"),
        genes=("A", "B"),
        definition="Text",
    )


def test_every_problem_of_a_table_is_named_with_its_line(raw: Write) -> None:
    rows = ["x1\tA\t\t\t\t\n", "5\t\t\t\t\t\n", "6\tB\t\t\t\t7;y\n", "6\tC\t\t\t\t\n", "short\n"]
    assert refused(raw(HEADER + "".join(rows), "o.tsv")) == [
        (2, "orpha_code", "bad_code"),
        (3, "preferred_term", "no_term"),
        (4, "parents", "bad_code"),
        (5, "orpha_code", "code_twice"),
        (6, None, "ragged_row"),
    ]


def test_a_missing_or_misspelt_column_is_refused(raw: Write) -> None:
    assert refused(raw("orpha_code\tsynonyms\n1\tA\n", "o.tsv")) == [
        (1, "preferred_term", "missing_column")
    ]
    assert refused(raw(HEADER.replace("parents", "parrents") + ECD, "o.tsv")) == [
        (1, "parrents", "unknown_column")
    ]


def test_a_refusal_says_where_and_that_nothing_was_taken_over(raw: Write) -> None:
    path = raw(HEADER + ECD + ECD, "o.tsv")
    with pytest.raises(BadInputError, match=r"'o\.tsv', line 3: .*35687.* line 2.* Nothing"):
        read_ontology(path)


@pytest.mark.parametrize(
    ("content", "name", "rule"),
    [
        ("", "o.tsv", "no_rows"),
        (HEADER, "o.tsv", "no_rows"),
        ("a", "o.csv", "unknown_format"),
        ("a", "o.gz", "unknown_format"),
        (HEADER.encode("utf-16"), "o.tsv", "encoding"),
        (b"no gzip", "o.tsv.gz", "bad_gzip"),
        (gzip.compress(HEADER.encode() + ECD.encode())[:-9], "o.tsv.gz", "bad_gzip"),
    ],
)
def test_a_file_that_is_none_is_refused(
    raw: Write, content: str | bytes, name: str, rule: str
) -> None:
    assert [found[2] for found in refused(raw(content, name))] == [rule]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.tsv") == [(None, None, "missing_file")]
    assert refused(tmp_path) == [(None, None, "missing_file")]


# ---- Orphanet's own files -----------------------------------------------------------------


def entry(code: object, name: str, **more: Any) -> dict[str, Any]:
    """Return an entry as Orphanet's JSON has it."""
    return {
        "id": "1",
        "OrphaCode": code,
        "ExpertLink": [{"lang": "en", "link": "http://www.orpha.net"}],
        "Name": [{"lang": "en", "label": name}],
        "DisorderFlagList": [{"count": "1", "DisorderFlag": more.get("flags", [])}],
        "SynonymList": [
            {"count": "1", "Synonym": [{"lang": "en", "label": s} for s in more.get("also", [])]}
        ],
        "DisorderType": [{"id": "21394", "Name": [{"lang": "en", "label": "Disease"}]}],
        "DisorderGroup": [{"id": "36547", "Name": [{"lang": "en", "label": "Disorder"}]}],
        "ExternalReferenceList": [
            {"ExternalReference": [{"Source": "OMIM", "Reference": "600000"}]}
        ],
        "DisorderDisorderAssociationList": [
            {"DisorderDisorderAssociation": more.get("associations", [])}
        ],
        "SummaryInformationList": [
            {
                "SummaryInformation": [
                    {"lang": "en", "TextSectionList": [{"TextSection": more.get("texts", [])}]}
                ]
            }
        ],
    }


def flags(*labels: str) -> list[dict[str, str]]:
    return [{"id": "9", "Value": "1", "Label": label} for label in labels]


def association(words: str, root: str | None, target: str | None) -> dict[str, Any]:
    """Return an association; the end that is the entry itself is only named as a cycle."""

    def end(code: str | None) -> list[dict[str, Any]]:
        if code is None:
            return [{"id": "1", "cycle": "true"}]
        return [{"id": "2", "OrphaCode": code, "Name": [{"lang": "en", "label": "Other"}]}]

    return {
        "TargetDisorder": end(target),
        "RootDisorder": end(root),
        "DisorderDisorderAssociationType": [{"Name": [{"lang": "en", "label": words}]}],
    }


ENTRIES = [
    entry(
        "35687",
        "Erdheim-Chester disease",
        also=["Polyostotic sclerosing histiocytosis", "Lipid granulomatosis & “friends” 🧬"],
        associations=[association("Moved to", root="99", target=None)],
        texts=[{"Contents": "A non-Langerhans\nhistiocytosis."}],
    ),
    entry(
        99,
        "Old name",
        flags=flags("Inactive", "Deprecated entity"),
        associations=[
            association("Referred to", root=None, target="7"),
            association("Moved to", root=None, target="35687"),
        ],
    ),
    entry(
        "98",
        "OBSOLETE: Very old name",
        flags=flags("Inactive", "Obsolete entity"),
        associations=[association("Referred to", root=None, target="35687")],
    ),
    entry(
        "206",
        "NON RARE IN EUROPE: Crohn disease",
        flags=flags("Inactive", "Non-rare disease in Europe"),
    ),
    entry("5", "Historical", flags=flags("Historical entity")),
]
EXPECTED = [
    ("35687", "active", ""),
    ("99", "moved", "35687"),
    ("98", "obsolete", "35687"),
    ("206", "active", ""),
    ("5", "active", ""),
]


def as_json(entries: list[dict[str, Any]], **changes: Any) -> str:
    """Return a file as Orphanet's JSON has it."""
    lists = [{"count": str(len(entries)), "Disorder": entries}]
    root = {"date": "2025-12-09", "version": "1.3.42 / 4.1.8", "DisorderList": lists, **changes}
    return json.dumps({"JDBOR": [root]}, indent=1)


def as_xml(entries: list[dict[str, Any]], version: str = "1.3.42 / 4.1.8") -> str:
    """Return a file as Orphanet's XML has it, made of the same entries."""
    from xml.sax.saxutils import escape, quoteattr

    def written(name: str, value: Any) -> str:
        if isinstance(value, list):
            return "".join(written(name, inner) for inner in value)
        if not isinstance(value, dict):
            return f"<{name}>{escape(str(value))}</{name}>"
        attributes = {k: v for k, v in value.items() if k in {"id", "lang", "count", "cycle"}}
        inside = "".join(
            written(k, v) for k, v in value.items() if k not in attributes and k != "label"
        )
        head = "".join(f" {k}={quoteattr(str(v))}" for k, v in attributes.items())
        return f"<{name}{head}>{inside}{escape(str(value.get('label', '')))}</{name}>\n"

    body = "".join(written("Disorder", one) for one in entries)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<JDBOR date="2025-12-09" version="{version}">\n'
        f'<DisorderList count="{len(entries)}">\n{body}</DisorderList>\n</JDBOR>\n'
    )


@pytest.mark.parametrize("name", ["p.json", "p.xml", "P.XML", "p.json.gz", "p.xml.gz"])
def test_orphanets_own_files_say_the_same_in_each_of_their_forms(raw: Write, name: str) -> None:
    text = (as_json if "json" in name else as_xml)(ENTRIES)
    path = raw(gzip.compress(text.encode()) if name.endswith(".gz") else text, name)

    ontology = read_ontology(path)

    assert ontology.version == "1.3.42 / 4.1.8"
    assert [(e.orpha_code, e.status, e.moved_to) for e in ontology.entities] == EXPECTED
    first = ontology.entities[0]
    assert (first.term, first.kind, first.level) == (
        "Erdheim-Chester disease",
        "Disease",
        "Disorder",
    )
    assert first.synonyms == (
        "Polyostotic sclerosing histiocytosis",
        "Lipid granulomatosis & “friends” 🧬",
    )
    assert first.definition == "A non-Langerhans histiocytosis."


def test_an_older_xml_in_latin_1_is_read(raw: Write) -> None:
    text = as_xml([entry("1", "Ménétrier disease")]).replace('"UTF-8"', '"ISO-8859-1"')
    assert one(raw(text.encode("latin-1"), "p.xml")).term == "Ménétrier disease"


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n'


@pytest.mark.parametrize("head", [BOMB, OUTSIDE, '<!DOCTYPE JDBOR SYSTEM "o.dtd">\n'])
def test_a_document_type_is_refused_before_anything_of_it_is_used(raw: Write, head: str) -> None:
    text = as_xml(ENTRIES).replace("<JDBOR", head + "<JDBOR", 1).replace("Old name", "&b;")
    assert refused(raw(text, "p.xml")) == [(2, None, "xml_doctype")]


def test_xml_that_is_cut_off_or_broken_is_refused_with_its_line(raw: Write) -> None:
    text = as_xml(ENTRIES)
    lines = text.count("\n")
    assert refused(raw(text[:-4], "p.xml")) == [(lines, None, "not_xml")]
    assert refused(raw(text.replace("Old name", "Old < name"), "p.xml"))[0][2] == "not_xml"
    assert refused(raw("", "p.xml"))[0][2] == "not_xml"
    assert refused(raw("<html></html>", "p.xml")) == [(None, None, "not_orphanet")]
    unknown = text.replace('"UTF-8"', '"klingon"')
    assert refused(raw(unknown, "p.xml"))[0][2] == "not_xml"


@pytest.mark.parametrize("name", ["p.json", "p.xml"])
def test_what_is_wrong_with_an_entry_is_named_with_the_line_it_begins_in(
    raw: Write, name: str
) -> None:
    entries = [*ENTRIES, entry("ORPHA:99", "Again"), entry("none", "A"), entry("8", " ")]
    text = (as_json if name == "p.json" else as_xml)(entries)
    begins = [
        n
        for n, line in enumerate(text.split("\n"), 1)
        if line.startswith("<Disorder ") or line == " " * 6 + "{"
    ]
    found = refused(raw(text, name))
    assert [(column, rule) for _, column, rule in found] == [
        ("OrphaCode", "code_twice"),
        ("OrphaCode", "bad_code"),
        ("Name", "no_term"),
    ]
    assert [line for line, _, _ in found] == begins[5:8]


def test_codes_that_stand_twice_on_one_line_are_found(raw: Write) -> None:
    text = json.dumps(json.loads(as_json([ENTRIES[0], ENTRIES[0]])))
    assert refused(raw(text, "p.json")) == [(1, "OrphaCode", "code_twice")]


@pytest.mark.parametrize("name", ["p.json", "p.xml"])
def test_another_product_of_orphanet_is_refused(raw: Write, name: str) -> None:
    entries = [{k: v for k, v in e.items() if k != "SynonymList"} for e in ENTRIES]
    text = (as_json if name == "p.json" else as_xml)(entries)
    assert refused(raw(text, name)) == [(None, None, "not_orphanet")]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda text: text[: len(text) // 2], "bad_json"),
        (lambda text: text[:-3], "bad_json"),
        (lambda text: text + "}", "bad_json"),
        (lambda text: text.replace('"Old name"', '"Old name'), "bad_json"),
        (lambda text: text.replace("Old name", "Old \\u0000 name"), "nul"),
        (lambda text: text.replace("Old name", "Old \\ud800 name"), "lone_surrogate"),
        (lambda text: text.replace('"JDBOR"', '"JD"'), "not_orphanet"),
        (lambda text: text.replace('"Disorder"', '"Disorders"'), "not_orphanet"),
        (lambda text: text.replace('"Disorder": [', '"Disorder": [1,', 1), "wrong_type"),
        (lambda text: text.replace('"Disorder": [', '"Disorder": [{},,', 1), "bad_json"),
        (lambda text: text.replace('"Disorder": [', '"Disorder": [' + "[" * 9_999), "too_deep"),
    ],
)
def test_json_that_is_broken_is_refused(
    raw: Write, change: Callable[[str], str], rule: str
) -> None:
    assert [found[2] for found in refused(raw(change(as_json(ENTRIES)), "p.json"))][-1:] == [rule]


def test_an_empty_list_of_entries_holds_no_rows(raw: Write) -> None:
    for text, name in ((as_json([]), "p.json"), (as_xml([]), "p.xml")):
        assert refused(raw(text, name)) == [(None, None, "no_rows")]


@pytest.mark.parametrize("name", ["o.tsv.gz", "p.xml.gz", "p.json.gz"])
def test_a_small_packed_file_cannot_fill_the_memory(
    raw: Write, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(orphanet, "MOST_BYTES", 100_000)
    blank = {"o.tsv.gz": HEADER, "p.xml.gz": "<JDBOR>", "p.json.gz": "{"}[name]
    path = raw(gzip.compress((blank + "\n" * 200_000).encode()), name)
    assert [found[2] for found in refused(path)] == ["file_too_large"]


# ---- words --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("35687", "35687"),
        (" ORPHA:35687 ", "35687"),
        ("orpha 35687", "35687"),
        ("Orphanet_35687", "35687"),
        ("35687x", ""),
        ("12345678", ""),
        ("", ""),
    ],
)
def test_a_code_is_its_digits(text: str, code: str) -> None:
    assert bare_code(text) == code


def test_a_marked_term_is_a_name_without_its_mark_too() -> None:
    entity = Entity(orpha_code="206", term="NON RARE IN EUROPE: Crohn disease", synonyms=("CD",))
    assert list(entity.names.items()) == [
        ("NON RARE IN EUROPE: Crohn disease", "term"),
        ("Crohn disease", "term"),
        ("CD", "synonym"),
    ]
    assert unmarked("OBSOLETE:") == "OBSOLETE:"


def test_names_are_looked_up_without_case_accents_and_punctuation() -> None:
    assert folded("Ménétrier's  DISEASE") == folded("menetrier disease") == "menetrier disease"
    assert folded("Erdheim–Chester") == folded("erdheim chester")


@needs_real_file
def test_the_whole_nomenclature_is_read_fast() -> None:
    """Of 9,960 entities; in processor time, for the machine may be busy."""
    started = time.process_time()
    ontology = read_ontology(REAL)
    seconds = time.process_time() - started
    print(f"{len(ontology.entities)} entities read in {seconds:.2f} s")
    assert len(ontology.entities) == 9_960
    assert sum(len(e.synonyms) for e in ontology.entities) >= 13_880
    by_code = {e.orpha_code: e for e in ontology.entities}
    assert by_code["35687"].term == "Erdheim-Chester disease"
    assert by_code["6"].parents == ("79163",)
    assert by_code["5"].genes == ("HADHA",)
    assert seconds < 5
