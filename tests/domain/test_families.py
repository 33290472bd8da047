"""Families and medical models, told by the names models go by."""

from __future__ import annotations

import pytest

from src.domain.scoring.families import (
    family_of,
    invented_models,
    is_medical,
    named_family,
    shared_families,
)

GEMINI = "Gemini and Gemma"


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("o4-mini", "GPT"),
        ("o4mini", "GPT"),
        ("o3", "GPT"),
        ("openai/o3-2025-04-16", "GPT"),
        ("o1-preview", "GPT"),
        ("gpt-4o-mini", "GPT"),
        ("gpt4o", "GPT"),
        ("chatgpt-4o-latest", "GPT"),
        ("deepseek-r1", "DeepSeek"),
        ("deepseekr1", "DeepSeek"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "Qwen"),
        ("DeepSeek-R1-Distill-Llama-70B", "Llama"),
        ("sonnet-4", "Claude"),
        ("opus-4.1", "Claude"),
        ("claude-opus-4-1", "Claude"),
        ("command-a", "Command"),
        ("BioMistral-7B", "Mistral"),
        ("Med-PaLM 2", GEMINI),
        ("medpalm2", GEMINI),
        ("medgemma-27b-it", GEMINI),
        ("meditron-70b", "Llama"),
        ("HuatuoGPT-Vision-34B", "Qwen"),
        ("HuatuoGPT-o1-7B", "Qwen"),
        ("microsoft/llava-med-v1.5-mistral-7b", "LLaVA"),
        ("meta-llama/Llama-3.2-11B-Vision", "Llama"),
        ("qwen2.5-vl-72b", "Qwen"),
        ("qwen2vl", "Qwen"),
        ("phi3", "Phi"),
        ("Phi-4-multimodal", "Phi"),
        ("openai/unheard-of", "GPT"),
    ],
)
def test_a_name_tells_its_family(name: str, family: str) -> None:
    """With or without hyphens, an owner in front, or numbers behind."""
    assert family_of(name) == family


@pytest.mark.parametrize(
    "name",
    [
        "model-a",
        "philosopher-7b",
        "marco-o1",
        "foo1",
        "o10",
        "co3",
        "biogpt",
        "palmyra-x5",
        "octopus-v2",
        "commander-1",
        "yield-2",
        "ayahuasca",
        "",
    ],
)
def test_a_name_that_only_looks_alike_tells_none(name: str) -> None:
    """A short name counts only as a word of its own."""
    assert family_of(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        "medgemma-27b",
        "google/MedGemma-4b-it",
        "meditron3-8b",
        "BioMistral-7B",
        "Med-PaLM 2",
        "HuatuoGPT-Vision-7B",
        "LLaVA-Med",
        "llama3-med42-8b",
        "Lingshu-32B",
        "Qwen3-Clinical",
    ],
)
def test_known_medical_models_are_medical(name: str) -> None:
    """By what their makers call them."""
    assert is_medical(name)


@pytest.mark.parametrize("name", ["gpt-4o", "mistral-medium-3", "gemma-3-27b", "llava-1.6", "o3"])
def test_other_models_are_general(name: str) -> None:
    """A general model of the same family is none."""
    assert not is_medical(name)


def test_a_family_that_somebody_gave_counts_before_the_name() -> None:
    """A fine-tuned model of one's own is kin of the judge it builds on."""
    assert shared_families(["qwen3-vl"], ["ours-7b"], []) == []
    (shared,) = shared_families(["qwen3-vl"], ["ours-7b"], [], {"ours-7b": "Qwen"})
    assert (shared.family, shared.judges, shared.models) == ("Qwen", ("qwen3-vl",), ("ours-7b",))


@pytest.mark.parametrize(
    ("given", "family"),
    [
        ("qwen", "Qwen"),
        (" QWEN ", "Qwen"),
        ("gpt-neo", "GPT-Neo"),
        ("gemini", GEMINI),
        ("gemini and gemma", GEMINI),
        ("qwen2.5", "Qwen"),
        ("Acme  Labs", "Acme Labs"),
        ("", ""),
    ],
)
def test_a_family_that_somebody_gave_is_known_however_it_is_written(
    given: str, family: str
) -> None:
    """Before, 'qwen' in lower case was another family than Qwen, and the warning fell silent."""
    assert named_family(given) == family


def test_a_family_given_in_lower_case_warns_of_kin() -> None:
    """What is stored from before counts too."""
    (shared,) = shared_families(["qwen3-vl"], ["ours-7b"], [], {"ours-7b": "qwen"})
    assert (shared.family, shared.models) == ("Qwen", ("ours-7b",))


def test_invented_models_are_told_by_name_once() -> None:
    """The demo's models say in their names what they are."""
    assert invented_models(["Model A (invented)", "gpt-5", "Model A (invented)"]) == [
        "Model A (invented): invented, with answers written for this study."
    ]
    assert invented_models(["gpt-5"]) == []
