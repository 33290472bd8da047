"""Gold as HealthBench writes its examples, and what each physician said of each criterion."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from src.domain.canonical import canonical_json
from src.domain.gold import Gold
from src.domain.item import Criterion
from src.files.outgoing import Items, LeftOutItem, OutgoingItem, ReleaseFacts, Written

EXAMPLES, OPINIONS = "healthbench.jsonl", "physicians.jsonl"
REJECTED = "its readers rejected it"
NO_RUBRIC = "no active criterion with positive points, by which an answer could be graded"


def write(folder: Path, facts: ReleaseFacts, items: Items) -> Written:
    """Write one example a line, and one line for each criterion with its readers' booleans.

    Inactive criteria are in no example, but the readers' word on them is written.
    """
    left_out: list[LeftOutItem] = []
    rows = {EXAMPLES: 0, OPINIONS: 0}
    readers: set[str] = set()
    with ExitStack() as stack:
        opened = {
            name: stack.enter_context((folder / name).open("w", encoding="utf-8", newline="\n"))
            for name in rows
        }
        for item in items:
            why = _why_not(item)
            if why:
                left_out.append(LeftOutItem(item_id=item.item.item_id, reason=why))
                continue
            _write(opened[EXAMPLES], _example(item))
            rows[EXAMPLES] += 1
            for criterion in item.gold.body.criteria:
                lines = item.readers.get(criterion.criterion_id, ())
                if lines:
                    _write(opened[OPINIONS], _opinions(item, criterion))
                    rows[OPINIONS] += 1
                    readers.update(line.reader for line in lines)
    return Written(rows, tuple(left_out), {"physicians": len(readers)})


def _why_not(item: OutgoingItem) -> str:
    if not item.accepted:
        return REJECTED
    return "" if any(c.points > 0 for c in _active(item.gold)) else NO_RUBRIC


def _active(gold: Gold) -> list[Criterion]:
    return [criterion for criterion in gold.body.criteria if criterion.active]


def _example(item: OutgoingItem) -> dict[str, object]:
    """Return an example: the prompt is the case and its question, in one message of the user."""
    gold, content = item.gold.body, item.item.content
    prompt = "\n\n".join(text for text in (content.context, gold.question) if text)
    code = gold.orpha_code.removeprefix("ORPHA:")
    return {
        "prompt_id": item.item.item_id,
        "prompt": [{"role": "user", "content": prompt}],
        "rubrics": [_rubric(criterion) for criterion in _active(item.gold)],
        "example_tags": [f"track:{item.track.value}", *([f"orpha:{code}"] if code else [])],
        "ideal_completions_data": {
            "ideal_completion": gold.answer,
            "ideal_completions_group": None,
            "ideal_completions_ref_completions": None,
        },
        "images": [
            {"position": image.position, "sha256": image.record.sha256, "caption": image.caption}
            for image in item.images
        ],
        "case": item.item.case.model_dump(mode="json"),
    }


def _rubric(criterion: Criterion) -> dict[str, object]:
    tags = ["level:example", f"criterion:{criterion.criterion_id}"]
    tags += [f"group:{criterion.key.rpartition('-')[0]}"] if "-" in criterion.key else []
    tags += [f"ordinal:{criterion.maximum}"] if criterion.kind == "ordinal" else []
    return {"criterion": criterion.text, "points": criterion.points, "tags": tags}


def _opinions(item: OutgoingItem, criterion: Criterion) -> dict[str, object]:
    """Return one line of booleans, each physician's at the place of their pseudonym."""
    lines = item.readers[criterion.criterion_id]
    return {
        "prompt_id": item.item.item_id,
        "criterion_id": criterion.criterion_id,
        "rubric": criterion.text,
        "points": criterion.points,
        "active": criterion.active,
        "category": f"track:{item.track.value}",
        "anonymized_physician_ids": [line.reader for line in lines],
        "binary_labels": [line.wanted for line in lines],
        "as_released": [line.as_released for line in lines],
    }


def _write(out: IO[str], line: Mapping[str, object]) -> None:
    out.write(f"{canonical_json(line)}\n")
