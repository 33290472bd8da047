"""Laws and hand-worked cases of the published rules, beside the vectors.

Hand-worked values: VLMEvalKit at commit e8e78f05, rules as described in each docstring of
src/domain/scoring; the numbers were worked out on paper, as the comments show.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.errors import BadInputError, ReviewToolError
from src.domain.scoring.evaluation import (
    evaluate_diagnosis,
    evaluate_differential,
    evaluate_evidence,
    evaluate_treatment,
)
from src.domain.scoring.evidence import evidence_points, hierarchical_required_recall
from src.domain.scoring.image_attribution import image_attribution
from src.domain.scoring.judge_replies import (
    diagnosis_cascade,
    differential_dims,
    evidence_point_verdicts,
    examination_scale,
    rare_candidate,
    yes_no_ratio,
)
from src.domain.scoring.ranked_list import (
    first_hit_rank,
    is_hit,
    mean_rank,
    mean_reciprocal_rank,
    parse_ranked_list,
    recall_at,
    without_thoughts,
)
from src.domain.scoring.rubric_points import clipped_mean, rater_vs_raters
from src.domain.scoring.text import (
    NoGoldError,
    gold_list,
    normalize_answer,
    parse_json_list,
    stripped_gold_list,
    substring_match,
    token_f1,
    token_f1_of,
    token_set_f1,
)
from src.domain.scoring.text_similarity import sentences, tfidf_similarity

CLINICAL = st.lists(
    st.sampled_from(["a", "the", "an", "disease", "α-x", "l’a", "B", "type", "1A.", "–", "nan"]),
    max_size=8,
).map(" ".join)
TEXT = st.one_of(st.text(max_size=40), CLINICAL)


# --- text ---------------------------------------------------------------------------------------


def published_normalisation(answer: str) -> str:
    """The rule as it is described, one step after the other, slow and plain."""
    kept = "".join(sign for sign in answer.lower() if sign not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split())


@given(TEXT)
def test_the_fast_normalisation_is_the_described_one_on_any_text(answer):
    assert normalize_answer(answer) == published_normalisation(answer)


@given(TEXT)
def test_normalising_leaves_no_capital_no_ascii_sign_and_no_double_space(answer):
    normal = normalize_answer(answer)
    assert not set(normal) & set(string.punctuation)
    assert normal == " ".join(normal.split())


@given(st.lists(TEXT, min_size=1, max_size=3), TEXT)
def test_token_f1_is_between_0_and_1_and_an_alias_never_lowers_it(golds, predicted):
    score = token_f1(golds, predicted)
    assert 0.0 <= score <= 1.0
    assert token_f1([*golds, "another alias"], predicted) >= score


@given(TEXT, TEXT)
def test_token_f1_is_the_share_of_overlap_counted_plainly(gold, predicted):
    ours = Counter(published_normalisation(predicted).split())
    theirs = Counter(published_normalisation(gold).split())
    overlap = (ours & theirs).total()
    if not overlap:
        assert token_f1([gold], predicted) == 0.0
        return
    precision, recall = overlap / ours.total(), overlap / theirs.total()
    assert token_f1([gold], predicted) == 2 * precision * recall / (precision + recall)


@given(TEXT, TEXT)
def test_token_set_f1_is_symmetric_and_between_0_and_1(a, b):
    assert token_set_f1(a, b) == token_set_f1(b, a)
    assert 0.0 <= token_set_f1(a, b) <= 1.0


def test_token_f1_of_an_acronym_beside_the_long_name_is_six_sevenths():
    # Gold: 3 words, prediction: 4, overlap 3: P = 3/4, R = 1, F1 = 6/7.
    golds = ["granulomatosis with polyangiitis", "GPA"]
    predicted = "granulomatosis with polyangiitis (GPA)"

    assert token_f1(golds, predicted) == pytest.approx(6 / 7, abs=1e-15)
    assert token_f1_of([(golds, predicted), (golds, "GPA")]) == [token_f1(golds, predicted), 1.0]


def test_nothing_to_compare_with_is_an_error_shown_in_plain_words():
    with pytest.raises(NoGoldError, match="no gold answer") as refusal:
        token_f1([], "sarcoidosis")
    assert isinstance(refusal.value, ReviewToolError)
    assert isinstance(refusal.value, ValueError)


@pytest.mark.parametrize(
    ("cell", "entries"),
    [
        (None, []),
        (math.nan, []),
        ("", []),
        ("[]", []),
        ('["a", 2, null]', ["a", 2, None]),
        ('{"a": 1}', ["{'a': 1}"]),
        ("7", ["7"]),
        (7, ["7"]),
        (" a ;; b ; ", ["a", "b"]),
        ("nan", ["nan"]),
        ("[" * 100_000, ["[" * 100_000]),
    ],
)
def test_a_cell_becomes_a_list(cell, entries):
    assert parse_json_list(cell) == entries


def test_gold_answers_are_the_answer_and_its_aliases_that_are_not_blank():
    aliases = '[" GPA ", "", "  "]'
    assert gold_list(" Granulomatosis", aliases) == [" Granulomatosis", " GPA "]
    assert stripped_gold_list(" Granulomatosis", aliases) == ["Granulomatosis", "GPA"]
    assert gold_list(None) == ["nan"]


def test_the_substring_fallback_looks_at_50_characters_ignoring_case():
    answer = "X" * 50 + " something else"
    assert substring_match(answer, "so: " + "x" * 50)
    assert not substring_match(answer, "x" * 49)
    assert substring_match("", "any prediction")


# --- ranked lists -------------------------------------------------------------------------------


def test_ranks_give_recall_reciprocal_rank_and_mean_rank():
    # Ranks 2, 1, none: recall@1 1/3, recall@3 2/3, MRR (1/2 + 1 + 0)/3, mean rank 3/2.
    ranks = [2, 1, None]
    assert recall_at(1, ranks) == pytest.approx(1 / 3)
    assert recall_at(3, ranks) == pytest.approx(2 / 3)
    assert mean_reciprocal_rank(ranks) == 0.5
    assert mean_rank(ranks) == 1.5


def test_without_any_hit_the_mean_rank_is_zero_and_without_lists_recall_is_undefined():
    assert mean_rank([None, None]) == 0.0
    assert math.isnan(recall_at(1, []))
    assert math.isnan(mean_reciprocal_rank([]))


@given(st.lists(st.one_of(st.none(), st.integers(1, 10)), min_size=1, max_size=20))
def test_recall_never_falls_with_depth_and_bounds_the_reciprocal_rank(ranks):
    recalls = [recall_at(depth, ranks) for depth in (1, 3, 5, 10)]
    assert recalls == sorted(recalls)
    assert recalls[0] - 1e-12 <= mean_reciprocal_rank(ranks) <= recalls[-1] + 1e-12


def test_the_first_hit_counts_from_one():
    assert first_hit_rank(["Tuberculosis", "Sarcoidosis"], ["Sarcoidosis"]) == 2
    assert first_hit_rank(["Tuberculosis"], ["Sarcoidosis"]) is None


@given(TEXT, st.lists(TEXT, max_size=3))
def test_a_hit_does_not_depend_on_the_order_of_the_gold_answers(candidate, golds):
    assert is_hit(candidate, golds) == is_hit(candidate, golds[::-1])


@given(st.text(max_size=80), st.integers(1, 12))
def test_a_ranked_list_is_short_without_blanks_and_without_repeats(prediction, topk):
    ranked = parse_ranked_list(prediction, topk)
    assert len(ranked) <= topk
    assert all(ranked)
    assert len({item.lower() for item in ranked}) == len(ranked)


@given(st.lists(st.sampled_from(["<think>", "</THINK>", "1. A\n", "x", "<Think>"])).map("".join))
def test_thoughts_are_removed_as_the_published_pattern_does(prediction):
    published = re.sub(r"(?is)<think>.*?</think>", "", prediction)
    assert without_thoughts(prediction) == published


def test_a_flood_of_unclosed_thoughts_is_read_at_once():
    assert parse_ranked_list("<think>" * 100_000 + "1. A")


def test_inline_numbers_are_read_only_after_a_thought():
    assert parse_ranked_list("1. A 2. B 3. C") == ["A 2. B 3. C"]
    assert parse_ranked_list("<think>x</think>1. A 2. B 3. C") == ["A", "B", "C"]


# --- judge replies ------------------------------------------------------------------------------


@given(st.text(max_size=60))
def test_whatever_a_judge_replies_the_scores_stay_between_0_and_1(response):
    for rule in (yes_no_ratio, diagnosis_cascade, examination_scale):
        try:
            assert 0.0 <= rule(response) <= 1.0
        except ZeroDivisionError:
            assert "/" in response
    assert len(differential_dims(response)) == 5
    assert len(evidence_point_verdicts(response, 4)) == 4


@given(st.lists(st.booleans(), min_size=3, max_size=3))
def test_a_right_disease_scores_at_least_0_6_and_a_wrong_one_at_most_0_2(answers):
    score = diagnosis_cascade("\n".join("YES" if answer else "NO" for answer in answers))
    assert score >= 0.6 if answers[0] else score <= 0.2


def test_a_rare_disease_reply_survives_prose_and_broken_json():
    said = rare_candidate('Sure: {"label": "RARE", "orpha_code_if_known": "none"} bye', " X ")
    assert (said["label"], said["is_rare_disease"], said["is_specific_disease"]) == (
        "rare",
        True,
        True,
    )
    assert said["orpha_code_if_known"] is None
    assert said["candidate"] == "X"

    for broken in ("", "{", '["rare"]', "{broken}"):
        record = rare_candidate(broken, "X")
        assert record["parse_failed"]
        assert record["label"] == "unknown"
        assert not record["is_rare_disease"]


# --- images and evidence ------------------------------------------------------------------------

IDS = st.sets(st.integers(0, 6), max_size=4)


@given(IDS, st.integers(0, 5), IDS, IDS)
def test_every_image_measure_is_a_share(cited, n_images, decisive, supporting):
    text = "\n".join(f"Image {number}: seen" for number in cited)
    measures = image_attribution(text, n_images, decisive, supporting)
    assert measures.pop("det_n_ref_images") == len(cited)
    assert all(0.0 <= value <= 1.0 for value in measures.values())


CATEGORIES = st.sampled_from(
    ["modality", "macro_pattern", "other", "cross_image_integration", "diagnostic_attribution"]
)


@given(st.lists(st.tuples(st.integers(0, 1), CATEGORIES), min_size=1, max_size=6))
def test_gates_only_take_away(points):
    hits, categories = zip(*points, strict=True)
    recall = hierarchical_required_recall(hits, categories)
    everything = hierarchical_required_recall([1] * len(hits), categories)
    assert recall is not None
    assert everything is not None
    assert everything["hierarchical_required_recall"] == 1.0
    assert 0.0 <= recall["hierarchical_required_recall"] <= 1.0
    assert recall["hierarchical_required_recall"] == 1.0 or not all(hits)


def test_evidence_points_keep_their_image_and_blank_ones_are_dropped():
    points = evidence_points(
        '[{"point": " nodes ", "image": "Image 1", "credit": " Required ", "category": "modality"},'
        ' {"point": "stain", "credit": null}, {"point": ""}, "text"]'
    )
    assert points.required == ("[Image 1] nodes",)
    assert points.required_categories == ("modality",)
    assert points.optional == ("stain",)


def test_similarity_is_one_for_the_same_text_zero_for_another_and_symmetric():
    texts = ["bilateral hilar nodes", "renal cyst", "the and of"]
    similarity = tfidf_similarity(texts, texts)
    assert similarity[0, 0] == pytest.approx(1.0)
    assert similarity[0, 1] == 0.0
    assert similarity[2].tolist() == [0.0, 0.0, 0.0]
    assert similarity == pytest.approx(similarity.T)


def test_sentences_lose_their_list_marks_and_short_ones_are_dropped():
    assert sentences("1. Nodes seen. Ok\n- Cyst!  ") == ["Nodes seen.", "Cyst!"]


# --- whole tracks -------------------------------------------------------------------------------

META = [{"index": "0", "answer": "Sarcoidosis"}, {"index": "1", "answer": "Gout"}]
ANSWERED = [{"index": 0, "prediction": "sarcoidosis"}, {"index": 1, "prediction": "Lupus"}]


def test_a_failed_call_and_the_outage_text_score_zero_in_compatible_mode():
    # One answer is judged YYY; a raise (None) and the client's outage text are zeros (D1, D2).
    fine = evaluate_diagnosis(META, ANSWERED, ["YES\nYES\nYES", None])
    outage = evaluate_diagnosis(
        META, ANSWERED, ["YES\nYES\nYES", "Failed to obtain answer via API."]
    )
    assert fine == outage
    assert fine == {"diagnosis_judge_score": 0.5, "diagnosis_f1": 50.0, "n_total": 2}


def test_a_track_without_judge_falls_back_under_another_name():
    assert evaluate_diagnosis(META, ANSWERED) == {"diagnosis_f1": 50.0, "n_total": 2}
    rows = [{"index": "0", "answer": "Steroids", "prediction": "give steroids"}]
    assert evaluate_treatment(rows) == {"substring_match": 1.0, "n_total": 1}
    assert evaluate_treatment(rows, ["Y N 3/0"]) == {"treatment_judge_score": 0.0, "n_total": 1}


def test_replies_that_do_not_fit_the_predictions_and_unknown_items_are_refused():
    with pytest.raises(BadInputError, match="1 judge replies for 2"):
        evaluate_diagnosis(META, ANSWERED, ["YES"])
    with pytest.raises(BadInputError, match="'9'"):
        evaluate_diagnosis(META, [{"index": "9", "prediction": "x"}])


def test_a_missing_prediction_is_read_as_the_diagnosis_nan():
    measures = evaluate_differential(
        [{"index": "0", "answer": "Gout"}, {"index": "1", "answer": "nan"}],
        [{"index": "0", "prediction": "Gout"}, {"index": "1"}],
    )
    assert measures["hit_rate"] == 1.0
    assert measures["parse_fail_rate"] == 0.0


def test_an_evidence_answer_without_its_item_counts_in_the_total_only():
    measures = evaluate_evidence(
        [
            {
                "index": "0",
                "acceptable_evidence_points": '[{"point": "nodes", "credit": "required"}]',
            }
        ],
        [{"index": "0", "prediction": "nodes"}, {"index": "7", "prediction": "x"}],
        ["YES\nNO"],
    )
    assert measures["n_total"] == 2
    assert measures["required_recall"] == 1.0
    assert measures["required_contradiction_rate"] == 0.0
    assert measures["required_recall_by_task_type"] == {"(blank)": {"n": 1, "required_recall": 1.0}}


def test_no_prediction_at_all_gives_no_number_and_no_error():
    assert evaluate_differential(META, [])["n_total"] == 0
    assert evaluate_evidence(META, []) == {
        "n_total": 0,
        "det_backend": None,
        "n_image_attribution_scored": 0,
        "n_image_select_scored_distractor_subset": 0,
    }


# --- HealthBench --------------------------------------------------------------------------------


def test_ratings_are_pooled_and_kept_by_cluster():
    # Self yes against yes, no; self no against no: precision of yes 1/2, recall of yes 1.
    rates = rater_vs_raters([True, False], [[True, False], [False]], ["a", "b"], "physician")
    assert rates["pairwise_physician_precision_pos"] == {"n": 2, "value": 0.5}
    assert rates["pairwise_physician_recall_pos"] == {"n": 1, "value": 1.0}
    assert rates["pairwise_physician_f1_pos"]["value"] == pytest.approx(2 / 3)
    assert rates["b: pairwise_physician_recall_neg"] == {"n": 1, "value": 1.0}
    assert "b: pairwise_physician_f1_balanced" not in rates


def test_a_mean_of_nothing_is_refused():
    with pytest.raises(BadInputError):
        clipped_mean([])
