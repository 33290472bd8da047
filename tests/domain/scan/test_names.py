"""Names of the answer in their many spellings, and what only looks like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.item import Track
from src.domain.leakage import Mention, Method
from src.domain.scan.lexicon import Lexicon, Name
from src.domain.scan.scanner import scan
from tests.domain.scan.things import LEXICON, NO_LEXICON, hard_quotes, hits_of, item_of

ECD = "Erdheim-Chester disease"
PAIRS = [
    (ECD, "Erdheim-Chester disease", Method.EXACT),
    (ECD, "erdheim chester disease", Method.NORMALISED),
    (ECD, "ERDHEIM–CHESTER DISEASE", Method.NORMALISED),
    (ECD, "Erdheim-Chester's disease", Method.NORMALISED),
    (ECD, "Erdheim-\nChester disease", Method.NORMALISED),
    (ECD, "Erdheim-Chester diseases", Method.VARIANT),
    (ECD, "Erdheim-Chester", Method.VARIANT),
    (ECD, "Erdhiem-Chester disease", Method.FUZZY),
    (ECD, "Erdheim-Chster disease", Method.FUZZY),
    (ECD, "ErdheimChester disease", Method.FUZZY),
    ("Behçet disease", "Behcet's disease", Method.NORMALISED),
    ("Sjögren syndrome", "SJOGREN SYNDROME", Method.NORMALISED),
    ("Hemophagocytic lymphohistiocytosis", "haemophagocytic lymphohistiocytosis", Method.VARIANT),
    ("Oesophageal achalasia", "esophageal achalasia", Method.VARIANT),
    ("Phyllodes tumour", "phyllodes tumors", Method.VARIANT),
    ("Acute lymphoblastic leukaemia", "acute lymphoblastic leukemia", Method.VARIANT),
    ("Phaeochromocytoma", "pheochromocytomas", Method.VARIANT),
    ("Angiosarcoma", "angiosarcomata", Method.VARIANT),
    ("Gaucher disease type 1", "Gaucher disease type I", Method.VARIANT),
    ("Gaucher disease type III", "Gaucher's disease, type 3", Method.VARIANT),
    ("α-Mannosidosis", "alpha-mannosidosis", Method.NORMALISED),
    ("Castleman disease, unicentric", "unicentric Castleman disease", Method.EXACT),
    (
        "Granulomatosis with polyangiitis (GPA)",
        "granulomatosis with polyangiitis",
        Method.NORMALISED,
    ),
    ("Granulomatosis with polyangiitis (GPA)", "GPA", Method.ACRONYM),
    ("Granulomatosis with polyangiitis", "Wegener's granulomatosis", Method.NORMALISED),
    ("POEMS syndrome", "POEMS", Method.ACRONYM),
    ("Neurofibromatosis type 1 (NF1)", "NF-1", Method.ACRONYM),
    ("Neurofibromatosis", "neuro-fibromatosis", Method.FUZZY),
    ("Paediatric Crohn disease", "pediatric Crohn's disease", Method.VARIANT),
    ("Localised scleroderma", "localized scleroderma", Method.VARIANT),
    ("Sarcoidosis", "sarcoidosiss", Method.FUZZY),
    ("Yaws", "yaws", Method.EXACT),
    ("Multiple endocrine neoplasia type 1", "MEN-I", Method.ACRONYM),
    ("Multiple endocrine neoplasia type 1", "MEN I", Method.ACRONYM),
    ("Multiple endocrine neoplasia type 1", "MEN type 1", Method.ACRONYM),
    ("Mucopolysaccharidosis type 2", "MPS II", Method.ACRONYM),
    ("Mucopolysaccharidosis type 2", "mucopolysaccharidosis II", Method.VARIANT),
    ("Gaucher disease type 1", "type I Gaucher disease", Method.VARIANT),
    ("Gaucher disease type 3", "Gaucher type III", Method.VARIANT),
    ("Usher syndrome type 2A", "Usher syndrome type II-A", Method.VARIANT),
    ("Wells syndrome", "Wells syndroem", Method.FUZZY),
    ("Still disease", "Still disease", Method.EXACT),
    ("St. Louis encephalitis", "St. Louis encephalitis", Method.EXACT),
]


@pytest.mark.parametrize(("answer", "written", "method"), PAIRS)
def test_the_answer_is_found_however_it_is_written(
    answer: str, written: str, method: Method
) -> None:
    """Thirty-two pairs; the span is what stands there."""
    context = f"🦴 É: she had {written}, we think."
    found = [hit for hit in hits_of(answer, context) if hit.rule != "announced"]
    assert [(hit.quote, hit.method) for hit in found] == [(written, method)]
    assert context[found[0].start : found[0].end] == written


NEAR_MISSES = [
    ("Acute lymphoblastic leukemia", "She has all her teeth. ALL PATIENTS WERE SEEN."),
    ("Multiple endocrine neoplasia type 1", "Two men were seen. MEN2 and MEN 2A. men1"),
    ("Multiple endocrine neoplasia type 1", "Multiple endocrine neoplasia type 2 and type 12"),
    (
        "Mucopolysaccharidosis type 1",
        "Mucopolysaccharidosis type 1/2; mucopolysaccharidosis type 1B",
    ),
    ("Hodgkin lymphoma", "a non-Hodgkin lymphoma; pseudo-Hodgkin lymphoma; NON HODGKIN LYMPHOMA"),
    ("Castleman disease", "multicentric Castleman disease"),
    ("Granulomatosis with polyangiitis", "eosinophilic granulomatosis with polyangiitis (EGPA)"),
    ("Hypoparathyroidism", "hyperparathyroidism and pseudohypoparathyroidism"),
    ("Made deficiency type 2A", "made deficiency type IIA, made deficiency type II-A"),
    (
        "Sarcoidosis",
        "neurosarcoidosis; sarcoid",
    ),
    ("Alpha-mannosidosis", "beta-mannosidosis"),
    ("Niemann-Pick disease type C", "Niemann-Pick disease type B"),
    ("Hypophosphatasia", "hypophosphatemia"),
    ("Primary central nervous system vasculitis", "secondary central nervous system vasculitis"),
    ("Churg-Strauss syndrome", "as syndrome"),
    ("Syndrome", "a syndrome"),
    ("Acute porphyria", "chronic porphyria"),
    ("Was", "He was well."),
    (
        "Pompe disease",
        "She was seen by Dr Pompe. Disease was mild. POMPE! Disease. Pompe.\n\nDisease",
    ),
    ("Castleman disease", "We thank B. Castelman. Disease was mild."),
    (
        "Mucopolysaccharidosis type 2",
        "Mucopolysaccharidosis 2 years ago, mucopolysaccharidosis [2].",
    ),
    ("Multiple endocrine neoplasia type 1", "MEN II, MEN-IV, MEN 1 year ago"),
    ("Gaucher disease type 1", "type 1, Gaucher disease; type II Gaucher disease"),
    ("Still disease", "She was still disease free. Still, disease returned. Still disease-free."),
    ("Erdheim-Chester disease", "Dr Erdheim-Chester wrote. Erdheim Chester lives in Graz."),
    ("Pseudohypoparathyroidism", "pseudohyperparathyroidism"),
    ("Multiple endocrine neoplasia type 1", "MEN of these wards"),
]


@pytest.mark.parametrize(("answer", "context"), NEAR_MISSES)
def test_what_only_looks_like_the_answer_is_no_hit(answer: str, context: str) -> None:
    """Words, other types, other diseases, opposite prefixes."""
    assert hard_quotes(answer, context) == []


def test_a_child_of_the_answer_is_a_hint() -> None:
    """Its name is not the answer, but close."""
    (hit,) = hits_of("Castleman disease", "Multicentric Castleman disease.")
    assert (hit.rule, hit.orpha_code, hit.soft, hit.low) == ("related_name", "1601", True, True)


def test_an_abbreviation_counts_from_where_it_is_defined() -> None:
    """In every visible text, also those before."""
    context = "Erdheim-Chester disease (EChD) was found. EChD progressed. Then echd."
    assert hard_quotes(ECD, context) == [ECD, "EChD", "EChD"]
    assert hard_quotes(ECD, "ECD progressed.") == []


@pytest.mark.parametrize(
    "joint", [", hereafter {}", " (hereafter referred to as {})", "; in short {}"]
)
def test_an_abbreviation_given_from_here_on_needs_none_of_the_letters(joint: str) -> None:
    """It stands beside the name, so it means the name."""
    context = f"{ECD}{joint.format('XQZ')}. Then XQZ progressed."
    assert hard_quotes(ECD, context) == [ECD, "XQZ", "XQZ"]
    assert hard_quotes(ECD, f"A tumour{joint.format('XQZ')}. Then XQZ progressed.") == []


def test_a_slip_that_makes_another_usual_word_is_another_name() -> None:
    """Usual are words that several names hold."""
    names = [Name(text=f"{n} granular palsy", orpha_code=str(n), kind="term") for n in range(5)]
    lexicon = Lexicon([*names, Name(text="Grandular palsy", orpha_code="77", kind="term")])
    assert hard_quotes("Grandular palsy", "a granular palsy", lexicon=lexicon) == []
    assert hard_quotes("Grandular palsy", "a grandullar palsy", lexicon=lexicon) != []


def test_an_acronym_the_text_uses_for_something_else_is_no_hit() -> None:
    """CD is not always Castleman disease."""
    known = {"aliases": ("CD",)}
    assert hard_quotes("Castleman disease", "CD was found.", **known) == ["CD"]
    assert hard_quotes("Castleman disease", "Crohn disease (CD). CD was found.", **known) == []


def test_names_of_the_entity_and_of_reviewers_count() -> None:
    """By the item's ORPHA code, by what the answer is called, and by hand."""
    assert hard_quotes("X-linked something", "Churg-Strauss syndrome", orpha_code="ORPHA:183")
    assert hard_quotes("granulomatosis WITH polyangiitis", "Wegener granulomatosis")
    own = [Name(text="Polyostotic sclerosing histiocytosis", kind="added")]
    item = item_of(ECD, "Polyostotic sclerosing histiocytosis.")
    assert [hit.alias for hit in scan(item, LEXICON, own=own)] == [own[0].text]


def test_a_hit_says_what_where_and_how() -> None:
    """All its parts."""
    (hit,) = hits_of(ECD, "No sign of erdheim chester disease.", orpha_code="35687")
    assert (hit.field, hit.start, hit.end, hit.image) == ("context", 11, 34, None)
    assert (hit.alias, hit.orpha_code, hit.method) == (ECD, "35687", Method.NORMALISED)
    assert (hit.score, hit.rule, hit.mention) == (1.0, "answer_name", Mention.NEGATED)
    assert hit.low and not hit.soft
    again = hits_of(ECD, "No sign of erdheim chester disease.", orpha_code="35687")
    assert [hit] == list(again)


def test_of_two_hits_at_one_place_the_longer_name_stays() -> None:
    """Not the name inside it."""
    quotes = hard_quotes(
        "Castleman disease",
        "a unicentric Castleman disease",
        aliases=("Unicentric Castleman disease",),
    )
    assert quotes == ["unicentric Castleman disease"]


@pytest.mark.parametrize(
    "answer", ["", "x", "NK", "nan", "()", "🦴", "\x00", "disease", "ﷺ", "ß" * 900]
)
@pytest.mark.parametrize("track", list(Track))
def test_odd_answers_and_texts_never_raise(answer: str, track: Track) -> None:
    """Empty, short, unknown code, no context, control characters."""
    scan(item_of(answer, "", track=track, orpha_code="?"), NO_LEXICON)
    scan(item_of(answer, f"\x00 {answer} 🦴 ((( ﷺ \u200b", track=track), LEXICON)


TEXT = "Erdheim-Chester disease (ECD) erdheim chester, Hodgkin non- lymphoma type 1 I 🦴 É no; ß"
WORDS = st.sampled_from(TEXT.split())


@given(st.lists(WORDS, max_size=25), st.sampled_from([ECD, "Hodgkin lymphoma", "ECD"]))
def test_every_span_is_what_it_quotes_and_none_is_told_twice(words: list[str], answer: str) -> None:
    """Whatever the text, in code points."""
    context = " ".join(words)
    hits = hits_of(answer, context)
    assert all(context[hit.start : hit.end] == hit.quote for hit in hits)
    assert len({hit.hit_id for hit in hits}) == len(hits)
    assert [hit.start for hit in hits] == sorted(hit.start or 0 for hit in hits)
