"""Which maker's family a model belongs to, as far as its name tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import BaseModel

FAMILIES: Final[Mapping[str, str]] = {
    "claude": "Claude",
    "anthropic": "Claude",
    "command-r": "Command",
    "deepseek": "DeepSeek",
    "gemini": "Gemini and Gemma",
    "gemma": "Gemini and Gemma",
    "medgemma": "Gemini and Gemma",
    "glm": "GLM",
    "gpt": "GPT",
    "chatgpt": "GPT",
    "openai": "GPT",
    "o1": "GPT",
    "o3": "GPT",
    "o4": "GPT",
    "grok": "Grok",
    "internvl": "InternVL",
    "llama": "Llama",
    "llava": "LLaVA",
    "mistral": "Mistral",
    "mixtral": "Mistral",
    "pixtral": "Mistral",
    "phi": "Phi",
    "qwen": "Qwen",
    "qwq": "Qwen",
    "lingshu": "Qwen",
    "huatuo": "Qwen",
}
"""Beginning of a word of a model's name -> family; of derived models the one they build on."""


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


def family_of(name: str) -> str:
    """Return the family a model's name tells; empty when it tells none."""
    for word in re.split(r"[^a-z0-9-]+", name.casefold()):
        for part in (word, *word.split("-")):
            for beginning, family in FAMILIES.items():
                if re.fullmatch(rf"{beginning}[\d.]*\w?|{beginning}-.*", part):
                    return family
    return ""


def shared_families(
    judges: Iterable[str], models: Iterable[str], generators: Iterable[str]
) -> list[SharedFamily]:
    """Return each family that has two of the three: a judge, a model, a question writer."""
    sides = [tuple(sorted(set(names))) for names in (judges, models, generators)]
    found = []
    for family in sorted({family_of(name) for names in sides for name in names} - {""}):
        own = [tuple(name for name in names if family_of(name) == family) for names in sides]
        if sum(bool(names) for names in own) >= 2:
            found.append(
                SharedFamily(family=family, judges=own[0], models=own[1], generators=own[2])
            )
    return found
