"""The table of rules: each can fire, and only where it says."""

from __future__ import annotations

import pytest

from src.domain.item import Claim, Criterion, Item, ItemImage, Track
from src.domain.leakage import Hit, Layer, Method
from src.domain.scan.finders import FINDERS
from src.domain.scan.lexicon import Lexicon, Name
from src.domain.scan.rules import RULES, LooksFor, rule
from src.domain.scan.scanner import ImageNames, OcrLine, scan
from tests.domain.scan.things import LEXICON, hits_of, item_of

MARFAN = "Marfan syndrome"
STATEMENT = "The bone scan shows symmetric uptake in both distal femora and tibiae."


def item_for(track: Track) -> Item:
    """Return an item of a track whose every layer gives everything away."""
    answer = {
        Track.TREATMENT: "Start vemurafenib 960 mg twice daily. Add corticosteroids.",
        Track.EXAMINATION: "Serum ferritin and CT.",
        Track.CROSSMODAL: STATEMENT,
    }.get(track, "Erdheim-Chester disease")
    told = (
        "Final diagnosis: Erdheim-Chester disease (ECD). It is consistent with fever. ECD. "
        "Erdheim-Chester. Erdhiem-Chestar disease. Chestersen. BRAF and ECDG. BOLD. "
        f"Vemurafenib; corticosteroids; serum ferritin; CT. {STATEMENT}"
    )
    return item_of(
        answer,
        told,
        track=track,
        aliases=("Chestersen disease", "Erdheim-Chester disease", "BOLD"),
        orpha_code="35687",
        claims=(Claim(claim_id="c1", text=STATEMENT),),
        criteria=(Criterion(criterion_id="k1", text="Serum ferritin"),),
        images=(ItemImage(position=1, sha256="1" * 64, caption="CT. BRAF"),),
    )


def hits_for(track: Track) -> tuple[Hit, ...]:
    """Return its hits in all three layers."""
    names = {1: ImageNames(file_name="erdheimchesterdisease_Chestersen.jpg")}
    line = OcrLine(text="ERDHEIM-CHESTER DISEASE", x=1, y=1, width=9, height=9, score=1)
    return scan(item_for(track), LEXICON, image_names=names, ocr={1: [line]})


def test_no_rule_fires_in_a_track_or_layer_it_does_not_name() -> None:
    """The scanner does what the table says."""
    for track in Track:
        for hit in hits_for(track):
            known = rule(hit.rule)
            assert known is not None
            assert track in known.tracks
            assert hit.layer in known.layers
            assert hit.soft == known.soft


def test_every_rule_can_fire() -> None:
    """None is there for nothing."""
    fired = {hit.rule for track in Track for hit in hits_for(track)}
    fired |= {hit.rule for hit in hits_of(MARFAN, "FBN1 was changed.")}
    fired |= {hit.rule for hit in hits_of("Castleman disease", "Multicentric Castleman disease.")}
    fired |= {hit.rule for hit in hits_of("Still disease", "She was still disease free.")}
    fired |= {
        hit.rule for hit in hits_of("Giant foobar cyst", "Foobar cyst", item_id="x/y/foobar_cyst")
    }
    assert {known.id for known in RULES} - fired == set()


def test_every_rule_is_named_once_and_says_why() -> None:
    """The table is there to be read."""
    assert len({known.id for known in RULES}) == len(RULES)
    assert all(known.reason.endswith(".") and known.tracks and known.layers for known in RULES)
    assert set(FINDERS) == set(LooksFor) == {known.looks_for for known in RULES}


def test_a_gene_of_few_diseases_names_the_answer_and_a_shared_one_hints() -> None:
    """In its own case only."""
    (hit,) = hits_of(MARFAN, "A change of FBN1; fbn1.")
    assert (hit.rule, hit.method, hit.soft) == ("rare_gene", Method.GENE, False)
    assert hits_of("Erdheim-Chester disease", "A BRAF test.")[0].rule == "shared_gene"


@pytest.mark.parametrize(
    ("owners", "rule_id"), [(1, "rare_gene"), (2, "rare_gene"), (3, "shared_gene")]
)
def test_a_gene_gives_away_what_it_leaves_at_most_two_diseases_for(
    owners: int, rule_id: str
) -> None:
    """With three of them a guess is right every third time."""
    names = [Name(text=f"{w} ataxia", orpha_code=w, kind="term") for w in "ABC"[:owners]]
    lexicon = Lexicon(names, dict.fromkeys("ABC"[:owners], ("ABC1",)))
    hits = hits_of("A ataxia", "A change of ABC1.", lexicon, orpha_code="")
    assert [hit.rule for hit in hits] == [rule_id]


def test_types_of_one_disease_share_their_gene_as_one() -> None:
    """They have a parent of the same name; a group of that kind ties nothing together."""
    kinds = {"1": "Foobar disease", "2": "Foobar disease, infantile", "3": "Foobar disease, adult"}
    kinds |= {"4": "Foobar disease, late", "9": "Storage diseases"}
    names = [Name(text=text, orpha_code=code, kind="term") for code, text in kinds.items()]
    genes = dict.fromkeys("234", ("FOO",))
    family = {"2": frozenset({"1"}), "1": frozenset("234")}
    grouped = {"2": frozenset({"9"}), "9": frozenset("234")}
    for related, rule_id in ((family, "rare_gene"), (grouped, "shared_gene")):
        hits = hits_of(kinds["2"], "FOO.", Lexicon(names, genes, related), orpha_code="2")
        assert [hit.rule for hit in hits] == [rule_id]


def test_an_announcement_counts_when_the_answer_follows_in_its_clause() -> None:
    """Alone it is a hint; in a question it is none."""
    found = hits_of("Sarcoidosis", "The final diagnosis was sarcoidosis.")
    assert [hit.rule for hit in found] == ["announced", "answer_name"]
    found = hits_of("Sarcoidosis", "The final diagnosis was clear. Sarcoidosis.")
    assert [hit.rule for hit in found] == ["announcement", "answer_name"]
    assert hits_of("Sarcoidosis", "", question="What is the final diagnosis?") == ()
    found = hits_of(MARFAN, "The FBN1 variant c.1234A>G was found.")
    assert [hit.rule for hit in found] == ["rare_gene", "announced"]


@pytest.mark.parametrize("text", ["Vemurafenib was given.", "VEMURAFENIB 960 mg"])
def test_a_treatment_of_the_answer_leaks_where_treatment_is_asked_for(text: str) -> None:
    """The name of the disease does not: the question gives it."""
    answer = "Start vemurafenib 960 mg twice daily."
    found = hits_of(
        answer, f"Erdheim-Chester disease. {text}", track=Track.TREATMENT, orpha_code="35687"
    )
    assert [(hit.rule, hit.method) for hit in found] == [("treatment_given", Method.TREATMENT)]
    assert hits_of("Erdheim-Chester disease", text) == ()


def test_what_the_rubric_forbids_is_no_treatment_of_the_item() -> None:
    """Nor is what stands in an inactive criterion."""
    criteria = (
        Criterion(criterion_id="k1", text="Recommends imiglucerase"),
        Criterion(criterion_id="k2", text="Recommends splenectomy", points=-1),
        Criterion(criterion_id="k3", text="Recommends eliglustat", active=False),
    )
    context = "Imiglucerase, splenectomy, eliglustat."
    found = hits_of("Enzyme.", context, track=Track.TREATMENT, criteria=criteria)
    assert [hit.quote for hit in found] == ["Imiglucerase"]


def test_what_the_answer_advises_against_is_no_treatment_of_the_item() -> None:
    """Clause by clause."""
    answer = "Start imiglucerase; splenectomy should be avoided."
    found = hits_of(answer, "Imiglucerase or splenectomy.", track=Track.TREATMENT)
    assert [hit.quote for hit in found] == ["Imiglucerase"]


def test_a_test_leaks_in_examination_only() -> None:
    """A method that every case names is a hint."""
    criteria = (Criterion(criterion_id="k1", key="key_test_names-1", text="HHV-8 staining"),)
    context = "HHV-8 staining was done. CT was done."
    found = hits_of("A CT.", context, track=Track.EXAMINATION, criteria=criteria)
    assert [(hit.rule, hit.quote) for hit in found] == [
        ("test_named", "HHV-8 staining"),
        ("test_method", "CT"),
    ]
    assert hits_of("A CT.", context) == ()


def test_a_statement_of_the_answer_word_for_word_leaks() -> None:
    """Half of its runs of five words are enough; a few words are not."""
    context = f"A man came. {STATEMENT} He left."
    (hit,) = hits_of(STATEMENT, context, track=Track.CROSSMODAL)
    assert (hit.rule, hit.quote, hit.score) == ("statement", STATEMENT[:-1], 1.0)
    assert hits_of(STATEMENT, "The bone scan shows little.", track=Track.CROSSMODAL) == ()


def test_a_diagnosis_named_in_another_track_is_a_hint() -> None:
    """The question may need it."""
    (hit,) = hits_of(
        "Do this.", "Erdheim-Chester disease", track=Track.EXAMINATION, orpha_code="35687"
    )
    assert (hit.rule, hit.soft) == ("diagnosis_named", True)


def test_layers_come_in_order() -> None:
    """Text, then names, then images."""
    layers = [hit.layer for hit in hits_for(Track.DIAGNOSIS)]
    assert layers == sorted(layers, key=list(Layer).index)
    assert set(layers) == set(Layer)
