"""A model's family, and whether it is a medical or an invented one, as its name tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from pydantic import BaseModel

GEMINI: Final = "Gemini and Gemma"
STEMS: Final[Mapping[str, str]] = {
    "anthropic": "Claude",
    "claude": "Claude",
    "baichuan": "Baichuan",
    "chatglm": "GLM",
    "cogvlm": "GLM",
    "codestral": "Mistral",
    "devstral": "Mistral",
    "magistral": "Mistral",
    "ministral": "Mistral",
    "mistral": "Mistral",
    "mixtral": "Mistral",
    "pixtral": "Mistral",
    "deepseek": "DeepSeek",
    "deepseek-r1-distill-llama": "Llama",
    "deepseek-r1-distill-qwen": "Qwen",
    "doubao": "Doubao",
    "ernie": "ERNIE",
    "falcon": "Falcon",
    "gemini": GEMINI,
    "gemma": GEMINI,
    "paligemma": GEMINI,
    "chatgpt": "GPT",
    "openai": "GPT",
    "gpt-j": "GPT-Neo",
    "gpt-neo": "GPT-Neo",
    "granite": "Granite",
    "hunyuan": "Hunyuan",
    "internlm": "InternVL",
    "internvl": "InternVL",
    "codellama": "Llama",
    "llama": "Llama",
    "tinyllama": "Llama",
    "vicuna": "Llama",
    "llava": "LLaVA",
    "minicpm": "MiniCPM",
    "minimax": "MiniMax",
    "molmo": "OLMo",
    "moonshot": "Kimi",
    "nemotron": "Nemotron",
    "qwen": "Qwen",
    "tongyi": "Qwen",
}
"""Beginning of a word of a model's name -> family, whatever follows: 'deepseekr1', 'qwen2vl'."""
WORDS: Final[Mapping[str, str]] = {
    "haiku": "Claude",
    "opus": "Claude",
    "sonnet": "Claude",
    "aya": "Command",
    "command-a": "Command",
    "command-r": "Command",
    "glm": "GLM",
    "gpt": "GPT",
    "grok": "Grok",
    "kimi": "Kimi",
    "nova-lite": "Nova",
    "nova-micro": "Nova",
    "nova-premier": "Nova",
    "nova-pro": "Nova",
    "olmo": "OLMo",
    "palm": GEMINI,
    "phi": "Phi",
    "qvq": "Qwen",
    "qwq": "Qwen",
    "yi": "Yi",
}
"""The same for names that other words begin with too: no letter may follow, as in 'phi3'."""
NUMBERED: Final[Mapping[str, str]] = {"o1": "GPT", "o3": "GPT", "o4": "GPT"}
"""The same where a name begins with it, for 'marco-o1' is another maker's: 'o4-mini', 'o4mini'."""
MEDICAL: Final[Mapping[str, str]] = {
    "baichuan-m": "Baichuan",
    "biogpt": "",
    "biomedgpt": "",
    "biomedlm": "",
    "biomistral": "Mistral",
    "chatdoctor": "Llama",
    "chexagent": "",
    "clinical-camel": "Llama",
    "cxr-llava": "LLaVA",
    "doctorglm": "GLM",
    "healthgpt": "",
    "huatuo": "Qwen",
    "hulu-med": "Qwen",
    "lingshu": "Qwen",
    "llava-med": "LLaVA",
    "llava-rad": "LLaVA",
    "med-alpaca": "Llama",
    "med-flamingo": "",
    "med-gemini": GEMINI,
    "med-gemma": GEMINI,
    "med-llama": "Llama",
    "med-palm": GEMINI,
    "med42": "Llama",
    "meditron": "Llama",
    "medvint": "Llama",
    "medvlm": "Qwen",
    "openbiollm": "Llama",
    "pmc-llama": "Llama",
    "quilt-llava": "LLaVA",
    "radfm": "",
    "ultramedical": "",
    "xraygpt": "Llama",
}
"""Beginning of a word of a medical model's name -> the family it builds on, where that is known."""
MEDICAL_WORDS: Final = ("biomedical", "clinical", "medical")


class SharedFamily(BaseModel, frozen=True, extra="forbid"):
    """Parts in the making of a score that come from one family."""

    family: str
    judges: tuple[str, ...]
    models: tuple[str, ...]
    generators: tuple[str, ...]

    @property
    def words(self) -> str:
        """Say it in one sentence."""
        parts = [("judge", self.judges), ("question writer", self.generators)]
        said = [f"{what} {', '.join(names)}" for what, names in parts if names]
        if self.models:
            said.append(f"model{'s' if len(self.models) > 1 else ''} {', '.join(self.models)}")
        return (
            f"Of one family, {self.family}: {'; '.join(said)}. Judges tend to favour answers of "
            "their own kind, and models know questions of their own kind."
        )


def _written(beginning: str) -> str:
    """Return the pattern of a beginning; its hyphens may be left out or be other signs."""
    return r"[ _.-]?".join(re.escape(part) for part in beginning.split("-"))


def _any_of(beginnings: Iterable[str]) -> str:
    """Return the pattern of any of them, the longest that fits first."""
    longest_first = sorted(beginnings, key=len, reverse=True)
    return "|".join(f"({_written(beginning)})" for beginning in longest_first)


def _pattern(beginnings: Iterable[str], before: str, after: str) -> re.Pattern[str]:
    return re.compile(f"{before}(?:{_any_of(beginnings)}){after}")


AT_A_WORD: Final = r"(?<![a-z])"
KINDS: Final = tuple(
    (sorted(table, key=len, reverse=True), table, _pattern(table, before, after))
    for table, before, after in (
        ({**STEMS, **MEDICAL}, AT_A_WORD, ""),
        (WORDS, AT_A_WORD, r"(?![a-z])"),
        (NUMBERED, r"(?<![a-z0-9._-])", r"(?=$|[^a-z0-9.]|mini|pro|preview)"),
    )
)
WRITTEN: Final = {
    family.casefold(): family for _, table, _ in KINDS for family in table.values() if family
}
"""Families as they are written, by their lower-case forms."""
MEDICAL_NAME: Final = re.compile(
    f"{AT_A_WORD}(?:(?:{_any_of(MEDICAL)})|(?:{'|'.join(MEDICAL_WORDS)})(?![a-z]))"
)


@lru_cache(maxsize=4_096)
def family_of(name: str) -> str:
    """Return the family a model's name tells; empty when it tells none.

    What stands first in the name counts, and of what begins there the longest: of a derived
    model the family it builds on. An owner before a slash counts only where the rest tells none.
    """
    whole = name.casefold()
    for part in (whole.rpartition("/")[2], whole):
        found = min(_families_in(part), default=None)
        if found is not None:
            return found[2]
    return ""


def named_family(given: str) -> str:
    """Return the family somebody gave, as this table writes it where it knows it.

    'qwen' is Qwen, 'Gemma 3' of Gemini and Gemma; one that is not known stays as it was written.
    """
    text = " ".join(given.split())
    return WRITTEN.get(text.casefold()) or family_of(text) or text


def _families_in(name: str) -> Iterable[tuple[int, int, str]]:
    """Yield where each kind of beginning first stands, how long it is (negative), and of whom."""
    for beginnings, table, pattern in KINDS:
        found = pattern.search(name)
        if found is not None and found.lastindex is not None:
            family = table[beginnings[found.lastindex - 1]]
            if family:
                yield found.start(), found.start() - found.end(), family


def is_medical(name: str) -> bool:
    """Tell whether a model's name is of a medical model; of names not known, False."""
    return MEDICAL_NAME.search(name.casefold()) is not None


def shared_families(
    judges: Iterable[str],
    models: Iterable[str],
    generators: Iterable[str],
    known: Mapping[str, str] | None = None,
) -> list[SharedFamily]:
    """Return each family that has two of the three: a judge, a model, a question writer.

    `known` is model -> the family somebody gave it, which counts before what its name tells.
    """
    given = {name: named_family(family) for name, family in (known or {}).items()}
    sides = [
        {name: family for name in sorted(set(names)) if (family := family_of(name))}
        for names in (judges, generators)
    ]
    own = {name: given.get(name) or family_of(name) for name in sorted(set(models))}
    found = []
    for family in sorted({f for side in (*sides, own) for f in side.values()} - {""}):
        judging, asking, answering = (
            tuple(name for name, of in side.items() if of == family) for side in (*sides, own)
        )
        if sum(map(bool, (judging, asking, answering))) >= 2:
            found.append(
                SharedFamily(family=family, judges=judging, models=answering, generators=asking)
            )
    return found


def invented_models(names: Iterable[str]) -> list[str]:
    """Return a sentence on the models that are invented; none where no name says so."""
    found = [name for name in dict.fromkeys(names) if "invented" in name.casefold()]
    if not found:
        return []
    return [f"{' and '.join(found)}: invented, with answers written for this study."]
