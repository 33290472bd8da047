"""The review screen without a browser: who sees what, and what each click stores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from src.domain.errors import BadInputError
from src.domain.evidence import ImageBox, WholeImage, span_of
from src.domain.leakage import LeakKind
from src.domain.people import OPERATOR
from src.domain.review import (
    Check,
    CheckAnswer,
    ClaimReading,
    Confidence,
    EditReason,
    Recommendation,
    ReviewBody,
    Verdict,
)
from src.services.workbench import Workbench
from src.ui.body_edits import (
    reading_of,
    with_added_text,
    with_claim,
    with_evidence,
    with_refused,
    without_added,
)
from src.ui.proposal_form import digits
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items
from tests.pages.screens import act, button, component, message, open_page, serve, words

ONE, TWO = "test/diagnosis/001", "test/diagnosis/002"
ODD = "**Names** :red[it] for $5 <b>or</b> _more_"


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of two items that nobody has been asked to read yet."""
    criteria = [
        {"key": "must_include-1", "text": ODD, "points": 1.0},
        {"key": "must_not-1", "text": "Diagnoses metastases", "points": -1.0},
    ]
    claims = [
        {"text": "It is Erdheim-Chester disease", "images": [1]},
        {"text": "Soft tissue encases the kidneys"},
    ]
    lines = [
        item_line("001", criteria=criteria, claims=claims),
        item_line("002", case="case-2"),
    ]
    report = bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    assert report.accepted, report.problems
    serve(bench, monkeypatch, tmp_path)
    return bench


@pytest.fixture
def page(study: Workbench) -> AppTest:
    """Open the first item as amara."""
    open_round(study)
    return open_page("review", "amara", round="first")


def draft(study: Workbench, item_id: str = ONE, person: str = "amara") -> ReviewBody:
    return study.reviewing.task(actor(person), "first", item_id).draft.body


def click(page: AppTest, label: str) -> None:
    button(page, label).click().run()
    assert not page.exception, page.exception


def choose(page: AppTest, name: str, value: str | None) -> None:
    """Answer a check, or one of the two last questions."""
    act(page, "checks" if name in set(Check) else "decide", "choose", name, value)


def complete(page: AppTest) -> None:
    judge(page, "c1", Verdict.SUPPORTED)
    judge(page, "c2", Verdict.NOT_IN_EVIDENCE)
    choose(page, "answer_correct", CheckAnswer.YES)
    choose(page, "recommendation", Recommendation.ACCEPT)
    choose(page, "confidence", Confidence.HIGH)


def judge(page: AppTest, claim: str, verdict: str | None) -> None:
    act(page, "claims", "verdict", claim, verdict)


def card(page: AppTest, place: int = 0) -> dict[str, Any]:
    """Return one claim as the screen was given it."""
    found: dict[str, Any] = component(page, "claims")["cards"][place]
    return found


def submit(page: AppTest) -> None:
    act(page, "decide", "submit")


def test_without_an_open_round_the_page_says_so(study: Workbench) -> None:
    assert "No round is open for you" in words(open_page("review", "amara"))


def test_somebody_without_the_role_sees_no_item(study: Workbench) -> None:
    open_round(study)
    said = words(open_page("review", "chen", item=ONE, round="first"))
    assert "This page is for the role reviewer" in said
    assert "bone pain" not in said


def test_an_item_that_is_not_the_readers_is_not_shown(study: Workbench) -> None:
    open_round(study)
    page = open_page("review", "amara", item=TWO, round="first")
    assert "This item is not yours to read" in words(page)
    assert "bone pain" not in words(page)
    click(page, "Open my next case")
    assert page.query_params["item"] == ONE


def test_the_next_item_stands_in_the_address(page: AppTest) -> None:
    assert page.query_params["item"] == ONE
    assert page.query_params["round"] == "first"
    assert component(page, "bar")["place"] == "1 of 2"


def test_case_text_and_criteria_stand_there_exactly_as_written(page: AppTest) -> None:
    shown = [text.value for text in page.text]
    assert component(page, "rubric")["cards"][0]["text"] == ODD
    asked = component(page, "case")["sections"][0]
    assert (asked["field"], asked["text"]) == ("question", "What is the most likely diagnosis?")
    assert "Erdheim-Chester disease" in shown
    assert not any(ODD in element.value for element in page.markdown)


def test_a_verdict_is_stored_at_once_and_taken_back(page: AppTest, study: Workbench) -> None:
    judge(page, "c1", Verdict.PARTLY_SUPPORTED)
    assert draft(study).claim("c1").verdict is Verdict.PARTLY_SUPPORTED
    assert card(page)["verdict"] == Verdict.PARTLY_SUPPORTED
    assert component(page, "bar")["saved"].startswith("Saved ")
    judge(page, "c1", None)
    assert draft(study).claim("c1").verdict is None


def test_a_verdict_that_is_sent_again_stays_what_it_was(page: AppTest, study: Workbench) -> None:
    judge(page, "c1", Verdict.SUPPORTED)
    judge(page, "c1", Verdict.SUPPORTED)
    assert draft(study).claim("c1").verdict is Verdict.SUPPORTED


def test_evidence_of_the_benchmark_counts_only_once_confirmed(
    page: AppTest, study: Workbench
) -> None:
    image = study.browsing.item(OPERATOR, ONE).item.content.images[0].sha256
    [named] = card(page)["given"]
    assert (named["text"], named["sha256"], card(page)["evidence"]) == ("Image 1", image, [])
    assert draft(study).claim("c1").evidence == ()
    link = f"c1 {named['link']}"
    act(page, "claims", "link", link, "evidence")
    assert draft(study).claim("c1").evidence == (WholeImage(sha256=image),)
    assert [chip["benchmark"] for chip in card(page)["evidence"]] == [True]
    act(page, "claims", "link", link, "none")
    assert draft(study).claim("c1").evidence == ()
    assert card(page)["given"] == [named]


def test_a_link_of_the_benchmark_is_refused_confirmed_after_all_and_open_again(
    page: AppTest, study: Workbench
) -> None:
    """Refused, the images and the text no longer show it as the benchmark's."""
    [named] = card(page)["given"]
    [image] = study.browsing.item(OPERATOR, ONE).item.claim("c1").links
    link = f"c1 {named['link']}"
    assert component(page, "images")["given"] == {"c1": [image.sha256]}
    act(page, "claims", "link", link, "refused")
    assert draft(study).claim("c1").refused == (image,)
    assert card(page)["given"] == [{**named, "refused": True}]
    assert component(page, "images")["given"] == {}
    act(page, "claims", "link", link, "evidence")
    said = draft(study).claim("c1")
    assert (said.evidence, said.refused) == ((image,), ())
    act(page, "claims", "link", link, "refused")
    act(page, "claims", "link", link, "none")
    assert draft(study).claim("c1") == ClaimReading(claim_id="c1")
    assert card(page)["given"] == [named]


def test_boxes_and_spans_of_the_benchmark_are_drawn_until_they_are_refused(
    study: Workbench, tmp_path: Path
) -> None:
    content = study.browsing.item(OPERATOR, ONE).item.content
    box = ImageBox(sha256=content.images[0].sha256, x=5, y=6, width=20, height=30)
    links = [box.model_dump(), span_of("context", content.context, 2, 13).model_dump()]
    line = item_line("001", claims=[{"text": "It is Erdheim-Chester disease", "links": links}])
    study.importing.store_file(OPERATOR, write_items(tmp_path / "in", [line]))
    open_round(study)
    page = open_page("review", "amara", round="first")
    assert [box["benchmark"] for box in component(page, "images")["boxes"]] == [True]
    assert [span["benchmark"] for span in component(page, "case")["spans"]] == [True]
    for chip in card(page)["given"]:
        act(page, "claims", "link", f"c1 {chip['link']}", "refused")
    assert component(page, "images")["boxes"] == []
    assert component(page, "case")["spans"] == []


def test_only_what_the_benchmark_names_can_be_refused(page: AppTest, study: Workbench) -> None:
    [_, other] = study.browsing.item(OPERATOR, ONE).item.content.images
    own = ClaimReading(claim_id="c1", evidence=(WholeImage(sha256=other.sha256),))
    study.reviewing.save_draft(actor("amara"), "first", ONE, ReviewBody(claims=(own,)), 0)
    page.run()
    [chip] = card(page)["evidence"]
    act(page, "claims", "link", f"c1 {chip['link']}", "refused")
    assert "Only what the benchmark names can be refused" in message(page)[1]
    assert draft(study).claim("c1") == own


def test_a_refusal_waits_beside_what_another_window_saved(page: AppTest, study: Workbench) -> None:
    [named] = card(page)["given"]
    newer = ReviewBody(claims=(ClaimReading(claim_id="c1", note="From the other window."),))
    study.reviewing.save_draft(actor("amara"), "first", ONE, newer, 0)
    act(page, "claims", "link", f"c1 {named['link']}", "refused")
    assert "Not this: Image 1" in words(page)
    assert draft(study) == newer


LINKS = tuple(WholeImage(sha256=f"{n}" * 64) for n in range(3))


@given(
    stand=st.lists(st.sampled_from(["evidence", "refused", "open"]), min_size=3, max_size=3),
    acts=st.lists(st.tuples(st.sampled_from(["evidence", "refused"]), st.sampled_from(LINKS))),
)
def test_a_link_is_evidence_or_refused_or_open_whatever_is_done(
    stand: list[str], acts: list[tuple[str, WholeImage]]
) -> None:
    """The last word on a link holds, and the others stay as they were."""
    state = dict(zip(LINKS, stand, strict=True))
    body = _standing(state)
    for link, how in state.items():
        if how == "open":
            refused = with_refused(body, "c1", add=[link])
            assert with_refused(refused, "c1", remove=[link]) == body
    for wanted, link in acts:
        change = with_evidence if wanted == "evidence" else with_refused
        body = change(body, "c1", add=[link])
        state[link] = wanted
        assert {*body.claim("c1").evidence} == {k for k in LINKS if state[k] == "evidence"}
        assert {*body.claim("c1").refused} == {k for k in LINKS if state[k] == "refused"}
        assert change(body, "c1", add=[link]) == body


def _standing(state: dict[WholeImage, str]) -> ReviewBody:
    evidence = tuple(link for link, how in state.items() if how == "evidence")
    refused = tuple(link for link, how in state.items() if how == "refused")
    return ReviewBody(claims=(ClaimReading(claim_id="c1", evidence=evidence, refused=refused),))


def test_a_claim_of_the_reader_s_own_has_nothing_to_refuse() -> None:
    body = with_added_text(ReviewBody(), 0, "My own")
    assert with_refused(body, "added:0", add=LINKS) == body


def test_the_second_of_two_links_is_still_the_second_when_the_first_has_gone(
    page: AppTest, study: Workbench
) -> None:
    """A link is named by what it is: an act that comes late never takes away its neighbour."""
    images = study.browsing.item(OPERATOR, ONE).item.content.images
    links = tuple(WholeImage(sha256=image.sha256) for image in images)
    reading = ReviewBody(claims=(ClaimReading(claim_id="c2", evidence=links),))
    study.reviewing.save_draft(actor("amara"), "first", ONE, reading, 0)
    page.run()
    first, second = card(page, 1)["evidence"]
    act(page, "claims", "link", f"c2 {first['link']}", "none")
    assert draft(study).claim("c2").evidence == links[1:]
    act(page, "claims", "link", f"c2 {first['link']}", "none")
    assert draft(study).claim("c2").evidence == links[1:]
    act(page, "claims", "link", f"c2 {second['link']}", "none")
    assert draft(study).claim("c2").evidence == ()


def test_a_claim_is_reworded_and_says_word_by_word_how(page: AppTest, study: Workbench) -> None:
    act(page, "claims", "text", "c1", "It is **Rosai-Dorfman** disease")
    assert draft(study).claim("c1").text == "It is **Rosai-Dorfman** disease"
    change = card(page)["change"]
    old = "".join(text for kind, text in change if kind != "added")
    new = "".join(text for kind, text in change if kind != "removed")
    assert (old, new) == ("It is Erdheim-Chester disease", "It is **Rosai-Dorfman** disease")
    act(page, "claims", "text", "c1", "It is Erdheim-Chester disease")
    assert draft(study).claim("c1").text is None
    assert card(page)["change"] == []
    act(page, "claims", "text", "c1", "Other words")
    act(page, "claims", "text", "c1", "  ")
    assert draft(study).claim("c1").text is None


def test_a_note_is_stored_and_cut_where_it_is_too_long(page: AppTest, study: Workbench) -> None:
    act(page, "claims", "note", "c1", "Seen on the second image.")
    assert draft(study).claim("c1").note == "Seen on the second image."
    act(page, "claims", "note", "c1", "x" * 20_001)
    assert draft(study).claim("c1").note == "x" * 20_000


def test_a_claim_is_taken_out_and_back_in(page: AppTest, study: Workbench) -> None:
    for wanted in (True, True, False):
        act(page, "claims", "removed", "c2", wanted)
        assert draft(study).claim("c2").removed is wanted
        assert card(page, 1)["removed"] is wanted


def test_a_claim_of_ones_own_is_begun_judged_and_removed(page: AppTest, study: Workbench) -> None:
    act(page, "claims", "text", "added:0", "The cells carry BRAF V600E")
    judge(page, "added:0", Verdict.SUPPORTED)
    act(page, "claims", "text", "added:1", "A second one")
    assert [c.text for c in draft(study).added_claims] == [
        "The cells carry BRAF V600E",
        "A second one",
    ]
    assert draft(study).added_claims[0].verdict is Verdict.SUPPORTED
    assert [card(page, n)["original"] for n in (2, 3)] == [None, None]

    act(page, "claims", "text", "added:0", "   ")
    assert "A claim needs words" in message(page)[1]
    act(page, "claims", "gone", "added:0", "The cells carry BRAF V600E")
    assert [c.text for c in draft(study).added_claims] == ["A second one"]
    act(page, "claims", "gone", "added:0", "The cells carry BRAF V600E")
    assert [c.text for c in draft(study).added_claims] == ["A second one"]


def test_what_is_done_to_a_claim_that_is_gone_changes_nothing(
    page: AppTest, study: Workbench
) -> None:
    before = draft(study)
    for kind, target, value in (
        ("verdict", "added:0", "supported"),
        ("verdict", "c99", "supported"),
        ("note", "added:7", "lost"),
        ("text", "added:7", "lost"),
        ("gone", "added:0", "lost"),
        ("gone", "c1", "It is Erdheim-Chester disease"),
        ("removed", "added:0", True),
        ("link", "c1 nothing", "none"),
        ("link", "c99 nothing", "evidence"),
    ):
        act(page, "claims", kind, target, value)
        assert message(page) == ("", "")
    assert draft(study) == before


@pytest.mark.parametrize(
    ("kind", "target", "value"),
    [("verdict", "c1", "burn it"), ("burn", "c1", ""), ("link", "c1 x", "burnt")],
)
def test_what_the_claims_never_send_is_refused_in_words(
    page: AppTest, study: Workbench, kind: str, target: str, value: str
) -> None:
    before = draft(study)
    act(page, "claims", kind, target, value)
    assert draft(study) == before
    assert "burn" in message(page)[1]


def test_a_claim_begun_in_two_windows_is_two_claims(study: Workbench) -> None:
    open_round(study)
    one = open_page("review", "amara", round="first")
    two = open_page("review", "amara", round="first")
    act(one, "claims", "text", "added:0", "From the first window")
    act(two, "claims", "text", "added:0", "From the second window")
    assert [c.text for c in draft(study).added_claims] == [
        "From the first window",
        "From the second window",
    ]


def test_the_first_claim_without_a_verdict_lies_open(page: AppTest, study: Workbench) -> None:
    assert component(page, "claims")["active"] == "c1"
    judge(page, "c1", Verdict.SUPPORTED)
    assert component(page, "claims")["active"] == "c1"
    again = open_page("review", "amara", round="first")
    assert component(again, "claims")["active"] == "c2"


def test_checks_and_the_decision_are_stored_as_they_are_chosen(
    page: AppTest, study: Workbench
) -> None:
    complete(page)
    body = draft(study)
    assert body.checks == {Check.ANSWER_CORRECT: CheckAnswer.YES}
    assert (body.recommendation, body.confidence) == (Recommendation.ACCEPT, Confidence.HIGH)
    choose(page, "answer_correct", None)
    assert draft(study).checks == {}


def rubric_card(page: AppTest, place: int = 0) -> dict[str, Any]:
    """Return one criterion as the screen was given it."""
    found: dict[str, Any] = component(page, "rubric")["cards"][place]
    return found


def test_a_criterion_gets_other_points_with_a_reason_and_is_kept_again(
    page: AppTest, study: Workbench
) -> None:
    act(page, "rubric", "points", "k1", 2.5)
    [edit] = draft(study).criteria
    assert (edit.action, edit.points, edit.text) == ("edit", 2.5, None)
    assert edit.reason is EditReason.WEIGHT
    assert (rubric_card(page)["points"], rubric_card(page)["asks_reason"]) == (2.5, False)
    act(page, "rubric", "reason", "k1", EditReason.AMBIGUOUS)
    assert draft(study).criteria[0].reason is EditReason.AMBIGUOUS
    act(page, "rubric", "keep", "k1")
    assert draft(study).criteria == ()


def test_a_criterion_that_comes_to_mean_something_else_needs_a_reason_to_submit(
    page: AppTest, study: Workbench
) -> None:
    complete(page)
    act(page, "rubric", "text", "k2", "Diagnoses metastases.")
    assert draft(study).criteria[0].reason is EditReason.WORDING
    act(page, "rubric", "text", "k2", "Diagnoses myeloma.")
    assert draft(study).criteria[0].reason is None
    assert rubric_card(page, 1)["asks_reason"]
    submit(page)
    assert study.reviewing.own_review(actor("amara"), "first", ONE) is None
    assert draft(study).criteria[0].text == "Diagnoses myeloma."
    act(page, "rubric", "reason", "k2", EditReason.WRONG)
    submit(page)
    review = study.reviewing.own_review(actor("amara"), "first", ONE)
    assert review is not None
    assert review.body.criteria[0].reason is EditReason.WRONG


def test_a_criterion_is_deleted_only_with_a_reason(page: AppTest, study: Workbench) -> None:
    act(page, "rubric", "delete", "k1")
    assert draft(study).criteria == ()
    act(page, "rubric", "delete", "k1", EditReason.TOO_VAGUE)
    [deletion] = draft(study).criteria
    assert (deletion.action, deletion.reason) == ("delete", EditReason.TOO_VAGUE)
    act(page, "rubric", "text", "k1", "Too late")
    assert draft(study).criteria == (deletion,)
    act(page, "rubric", "keep", "k1")
    assert draft(study).criteria == ()


def test_a_graded_criterion_with_evidence_in_another_place(page: AppTest, study: Workbench) -> None:
    for kind, value in (("required", False), ("kind", "ordinal"), ("maximum", 4)):
        act(page, "rubric", kind, "k1", value)
    source = component(page, "rubric")["sources"][0]
    act(page, "rubric", "evidence", "k1", source["tokens"])
    act(page, "rubric", "order", "", ["k2", "k1"])
    body = draft(study)
    [edit] = body.criteria
    assert (edit.required, edit.kind, edit.maximum) == (False, "ordinal", 4)
    assert (len(edit.evidence), body.criterion_order) == (1, ("k2", "k1"))
    assert [card["key"] for card in component(page, "rubric")["cards"]] == ["k2", "k1"]
    act(page, "rubric", "keep", "k1")
    assert draft(study).criteria[0].changes == {}
    assert len(draft(study).criteria[0].evidence) == 1


def test_own_criteria_are_named_by_a_key_that_never_shifts(page: AppTest, study: Workbench) -> None:
    for key, text in (("added:naaaaaa", "Asks for BRAF"), ("added:nbbbbbb", "Wants a scan")):
        act(page, "rubric", "add", key, text)
    act(page, "rubric", "remove", "added:naaaaaa")
    act(page, "rubric", "points", "added:naaaaaa", 7.0)
    act(page, "rubric", "points", "added:nbbbbbb", 0.5)
    [left] = draft(study).added_criteria
    assert (left.text, left.points, left.key) == ("Wants a scan", 0.5, "nbbbbbb")


@pytest.mark.parametrize(
    ("kind", "target", "value"),
    [
        ("points", "k1", 500.0),
        ("points", "k1", "much"),
        ("maximum", "k1", 1.0),
        ("kind", "k1", "cubic"),
        ("required", "k1", "yes"),
        ("text", "k1", " \n"),
        ("text", "k1", "x" * 20_001),
        ("reason", "k1", "missing"),
        ("evidence", "k1", ["0" * 16]),
        ("add", "added:../../etc", "Asks for BRAF"),
        ("text", "k9", "Not there"),
        ("order", "", "k2"),
        ("dance", "k1", None),
    ],
)
def test_what_a_browser_may_not_send_is_refused_in_words(
    page: AppTest, study: Workbench, kind: str, target: str, value: object
) -> None:
    act(page, "rubric", kind, target, value)
    assert draft(study) == ReviewBody()
    assert message(page)[0] == "refused", message(page)


def test_a_leak_is_flagged_changed_and_taken_away(page: AppTest, study: Workbench) -> None:
    act(page, "leaks", "add", "caption:2")
    [flag] = draft(study).flags
    assert (flag.kind, flag.place.field) == (LeakKind.ANSWER_IN_CAPTION, "caption:2")
    act(page, "leaks", "severity", flag.unit, "low")
    act(page, "leaks", "note", flag.unit, "It names the disease.")
    act(page, "leaks", "kind", flag.unit, LeakKind.GIVE_AWAY_PHRASE)
    [flag] = draft(study).flags
    assert (flag.kind, flag.severity) == (LeakKind.GIVE_AWAY_PHRASE, "low")
    assert flag.note == "It names the disease."
    act(page, "leaks", "gone", "flag:answer_in_caption:caption:2")
    assert len(draft(study).flags) == 1
    act(page, "leaks", "gone", flag.unit)
    assert draft(study).flags == ()


def test_a_leak_at_a_place_the_item_has_not_is_refused(page: AppTest, study: Workbench) -> None:
    act(page, "leaks", "add", "caption:9")
    assert draft(study).flags == ()
    assert "no place 'caption:9'" in message(page)[1]


def test_an_answer_of_another_disease_says_which_names_it_drops(
    page: AppTest, study: Workbench
) -> None:
    act(page, "proposals", "text", "answer", "Erdheim Chester disease")
    assert not any("Your answer is another disease" in said.value for said in page.caption)
    act(page, "proposals", "text", "answer", "Langerhans cell histiocytosis")
    assert any("Your answer is another disease" in said.value for said in page.caption)
    assert "ECD" in [text.value for text in page.text]
    act(page, "proposals", "text", "names", "ECD")
    assert not any("Your answer is another disease" in said.value for said in page.caption)


def test_texts_and_an_order_of_images_are_proposed_and_taken_back(
    page: AppTest, study: Workbench
) -> None:
    act(page, "proposals", "text", "names", " ECD \nECD\n\nPolyostotic histiocytosis")
    act(page, "proposals", "text", "caption:2", "Another caption")
    act(page, "proposals", "order", "", ["2", "1"])
    proposed = draft(study).proposals
    assert proposed.aliases == ("ECD", "Polyostotic histiocytosis")
    assert proposed.captions == {2: "Another caption"}
    assert proposed.image_order == (2, 1)
    act(page, "proposals", "order", "", ["1", "2"])
    act(page, "proposals", "text", "caption:2", "")
    act(page, "proposals", "order", "", ["1", "1"])
    assert draft(study).proposals.image_order == ()
    assert draft(study).proposals.captions == {}
    assert "hold every image once" in message(page)[1]


def test_what_is_missing_stands_beside_submit(page: AppTest) -> None:
    missing = component(page, "decide")["missing"]
    assert [place["words"] for place in missing[:2]] == [
        "Claim 1 has no verdict.",
        "Claim 2 has no verdict.",
    ]
    assert [place["claim"] for place in missing[:2]] == ["c1", "c2"]
    assert len(missing) == 5


def test_submitting_too_early_stores_nothing_and_keeps_the_draft(
    page: AppTest, study: Workbench
) -> None:
    choose(page, "confidence", Confidence.HIGH)
    submit(page)
    assert study.reviewing.own_review(actor("amara"), "first", ONE) is None
    assert "Claim 1 has no verdict" in words(page)
    assert draft(study).confidence is Confidence.HIGH


def test_what_no_screen_of_ours_sends_is_refused_and_said_so(
    page: AppTest, study: Workbench
) -> None:
    choose(page, "recommendation", "burn it")
    assert draft(study).recommendation is None
    assert "is no answer to" in message(page)[1]


def test_an_act_that_arrives_again_is_not_done_again(page: AppTest, study: Workbench) -> None:
    """A browser sends what it got no answer for once more; what came between stays."""
    choose(page, "confidence", Confidence.LOW)
    first = component(page, "decide")["seen"]
    choose(page, "confidence", Confidence.HIGH)
    act(page, "decide", "choose", "confidence", Confidence.LOW, number=first)
    assert draft(study).confidence is Confidence.HIGH


def test_submit_stores_the_review_and_opens_the_next_case(page: AppTest, study: Workbench) -> None:
    complete(page)
    submit(page)
    review = study.reviewing.own_review(actor("amara"), "first", ONE)
    assert review is not None
    assert review.revision == 1
    assert page.query_params["item"] == TWO
    assert any(text.value.startswith("Review 1 stored") for text in page.text)


def test_after_the_last_case_the_page_says_so_and_offers_what_was_read(study: Workbench) -> None:
    open_round(study)
    read_all(study, "amara")
    page = open_page("review", "amara", round="first")
    assert "That was the last case for today" in words(page)
    click(page, "My readings")
    click(page, TWO)
    assert page.query_params["item"] == TWO
    assert "You submitted this item, revision 1" in words(page).replace("\\\\", "")


def test_a_submitted_item_is_revised_and_the_first_review_stays(study: Workbench) -> None:
    open_round(study)
    read_all(study, "amara")
    page = open_page("review", "amara", round="first", item=ONE)
    assert component(page, "decide")["closed"] == "Nothing is changed yet."
    choose(page, "confidence", Confidence.LOW)
    assert component(page, "decide")["label"] == "Store the revision"
    submit(page)
    review = study.reviewing.own_review(actor("amara"), "first", ONE)
    assert review is not None
    assert (review.revision, review.body.confidence) == (2, Confidence.LOW)


def test_two_windows_are_asked_and_neither_is_overwritten(study: Workbench) -> None:
    open_round(study)
    one = open_page("review", "amara", round="first")
    two = open_page("review", "amara", round="first")
    judge(one, "c1", Verdict.SUPPORTED)
    judge(two, "c1", Verdict.CONTRADICTED)
    assert draft(study).claim("c1").verdict is Verdict.SUPPORTED
    assert "Another window saved newer work" in words(two)
    shown = [text.value for text in two.text]
    assert {"Supported", "Contradicted"} <= set(shown)
    click(two, "Put mine on top")
    assert draft(study).claim("c1").verdict is Verdict.CONTRADICTED

    judge(one, "c1", Verdict.CANNOT_JUDGE)
    click(one, "Keep the other window's")
    assert draft(study).claim("c1").verdict is Verdict.CONTRADICTED
    assert "Another window" not in words(one)


def test_a_draft_comes_back_with_a_note_of_when_it_was_written(
    page: AppTest, study: Workbench
) -> None:
    judge(page, "c1", Verdict.SUPPORTED)
    again = open_page("review", "amara", round="first")
    assert component(again, "bar")["saved"].startswith("Restored what you wrote at")


def test_one_readers_page_holds_nothing_of_anothers(page: AppTest, study: Workbench) -> None:
    task = study.reviewing.next_item(actor("benoit"), "first")
    assert task is not None
    body = full_reading(task.item, comment="Only Benoît says this.")
    study.reviewing.save_draft(actor("benoit"), "first", ONE, body, 0)
    page.run()
    assert "Only Benoît says this" not in words(page)


def test_a_skipped_item_comes_to_nobody_twice(page: AppTest, study: Workbench) -> None:
    act(page, "bar", "skip", "Not a thing I treat", "not_my_field")
    assert message(page)[0] in {"", "done"}
    assert page.query_params["item"] == TWO


def test_an_added_claim_is_judged_and_removed_like_the_others() -> None:
    body = with_added_text(ReviewBody(), 0, "The cells carry BRAF V600E")
    body = with_claim(body, "added:0", verdict=Verdict.SUPPORTED)
    added = reading_of(body, "added:0")
    assert added is not None
    assert (added.text, added.verdict) == ("The cells carry BRAF V600E", Verdict.SUPPORTED)
    assert without_added(body, 0, "Something else by now") == body
    assert without_added(body, 0, "The cells carry BRAF V600E") == ReviewBody()


def test_a_code_that_is_none_is_refused_in_words() -> None:
    assert digits("ORPHA:538", "35687") == "538"
    assert digits("35687", "35687") is None
    with pytest.raises(BadInputError, match="not an ORPHA code"):
        digits("ECD", "35687")
