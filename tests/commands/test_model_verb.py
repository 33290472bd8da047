"""`manage.py model`: what a model is, said and shown on the command line."""

from __future__ import annotations

from pathlib import Path

from tests.builders import item_line, write_items
from tests.commands.running import Shell


def test_a_model_is_listed_and_said_to_be_medical(tmp_path: Path) -> None:
    """As imported it is what its name tells, or what the import says; then what is said of it."""
    shell = Shell(tmp_path)
    shell.done("init")
    shell.done("import", write_items(tmp_path / "in", [item_line("001", images=[], criteria=[])]))
    path = tmp_path / "answers.csv"
    path.write_text("index,prediction\n001,Erdheim disease\n", encoding="utf-8")
    shell.done("predictions", path, "--model", "meditron-70b", "--track", "diagnosis")
    shell.done("predictions", path, "--model", "ours", "--track", "diagnosis", "--medical")

    assert [(m["name"], m["medical"]) for m in shell.done("model")["models"]] == [
        ("meditron-70b", True),
        ("ours", True),
    ]
    (said,) = shell.done("model", "ours", "--general", "--family", "Qwen")["models"]
    assert (said["medical"], said["family"]) == (False, "Qwen")
    assert shell.done("model", "ours")["models"] == [said]
    assert shell.done("verify")["intact"]
    assert shell("model", "unknown", "--medical").status == 1
