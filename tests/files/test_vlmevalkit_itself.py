"""The tables in the hands of VLMEvalKit itself, where its package is at hand.

`pip download --no-deps ms-vlmeval==0.0.20`, unpack the wheel, and name the folder:
`RARE_REVIEW_TEST_VLMEVALKIT=FOLDER pytest tests/files/test_vlmevalkit_itself.py`. It is not
installed: it would bring torch and a hundred others, of which the loader needs none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest

from src.domain.item import Track
from src.files import vlmevalkit
from tests.files.outgoing_samples import TRICKY, image, outgoing, picture
from tests.files.test_writing_vlmevalkit import EXAMINATION, TREATMENT, export

PACKAGE = os.environ.get("RARE_REVIEW_TEST_VLMEVALKIT", "")
pytestmark = pytest.mark.skipif(not PACKAGE, reason="no VLMEvalKit: see the head of this file")
LOADER = """
import importlib, json, os, sys, types
from unittest.mock import MagicMock

package, folder = sys.argv[1:]
os.environ["LMUData"] = folder
for name in ("vlmeval", "vlmeval.dataset", "vlmeval.dataset.utils", "vlmeval.utils", "vlmeval.smp"):
    module = types.ModuleType(name)
    module.__path__ = [os.path.join(package, *name.split("."))]
    sys.modules[name] = module
sys.modules["sty"] = MagicMock()
sys.modules["validators"] = types.SimpleNamespace(url=lambda text: "://" in str(text))
sys.modules["vlmeval.dataset.utils"].build_judge = None
sys.modules["vlmeval.utils"].track_progress_rich = None
for name in ("file", "vlm", "misc", "log"):
    part = importlib.import_module(f"vlmeval.smp.{name}")
    vars(sys.modules["vlmeval.smp"]).update({k: v for k, v in vars(part).items() if k[0] != "_"})
loader = importlib.import_module("vlmeval.dataset.mmrarebench")
found = {}
for name in loader.TRACK_CONFIG:
    if not os.path.exists(os.path.join(folder, name + ".tsv")):
        continue
    dataset = getattr(loader, name.replace("_", ""))(name)
    rows = [dataset.data.iloc[n] for n in range(len(dataset.data))]
    prompts = [[(one["type"], one["value"]) for one in dataset.build_prompt(row)] for row in rows]
    found[name] = {"index": [str(row["index"]) for row in rows], "prompts": prompts}
    if name.endswith("Diagnosis"):
        answers = dataset.data.drop(columns=["image"], errors="ignore")
        answers["prediction"] = answers["answer"]
        answers.to_excel(os.path.join(folder, "answers.xlsx"), index=False)
        path = os.path.join(folder, "answers.xlsx")
        found["score"] = float(dataset.evaluate(path, model="exact_matching")["diagnosis_f1"])
print(json.dumps(found))
"""


def read_by_vlmevalkit(folder: Path) -> Any:
    """Return what VLMEvalKit makes of the tables in a folder."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADER, PACKAGE, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MMRAREBENCH_ROOT": str(folder / "MMrarebench")},
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.parametrize("images", ["base64", "files"])
def test_its_own_loader_reads_every_track_with_figures_and_scores_gold_as_right(
    tmp_path: Path, images: Literal["base64", "files"]
) -> None:
    """Indices it would change, texts it would take for nothing, 16 bits, no image at all."""
    items = [
        outgoing(
            index=index,
            answer=answer,
            context=TRICKY,
            images=[image(tmp_path / "kept", 1, picture(mode), slot_name=f"Figure {number}a")]
            if mode
            else [],
        )
        for number, (index, answer, mode) in enumerate(
            [
                ("001", "NA", "RGB"),
                ("1e5", "Erdheim-Chester disease", "I;16"),
                ("x/y", "Castleman disease", ""),
            ],
            start=1,
        )
    ]
    items.append(outgoing(index="1", track=Track.TREATMENT, groups=TREATMENT))
    items.append(outgoing(index="1", track=Track.EXAMINATION, groups=EXAMINATION))
    items.append(outgoing(index="1", track=Track.CROSSMODAL))
    out = tmp_path / "out"
    export(out, items, images)

    found = read_by_vlmevalkit(out)

    assert set(found) == {*(vlmevalkit.TABLES[track] for track in vlmevalkit.TABLES), "score"}
    diagnosis = found[vlmevalkit.TABLES[Track.DIAGNOSIS]]
    assert len(set(diagnosis["index"])) == 3
    shown = [[kind for kind, _ in prompt].count("image") for prompt in diagnosis["prompts"]]
    assert sorted(shown) == [0, 1, 1]
    texts = [value for prompt in diagnosis["prompts"] for kind, value in prompt if kind == "text"]
    assert "Figure 1a:" in texts and "Figure 2a:" in texts
    paths = [value for prompt in diagnosis["prompts"] for kind, value in prompt if kind == "image"]
    assert all(Path(path).stat().st_size > 100 for path in paths)
    assert found["score"] == 100.0
