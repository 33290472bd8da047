"""What the documents say is what the program does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from src.domain.agreement import every_coefficient
from src.domain.exports import ABOUT, ExportFormat
from src.domain.interrater.ratings import ratings_of
from src.domain.leakage import LeakKind
from src.domain.people import OPERATOR
from src.domain.reasons import Reason
from src.domain.review import Check, Confidence, EditReason, Recommendation, Verdict
from src.files.gold_tables import TABLES
from src.services.settings import Settings
from src.services.workbench import open_workbench
from tests.builders import PEOPLE, full_reading, item_line, open_round, write_items
from tests.commands.running import Shell
from tests.commands.test_command_line import VERBS

DOCS = Path(__file__).parents[1] / "docs"
FORMATS = (DOCS / "formats.md").read_text(encoding="utf-8")
COMMANDS = (DOCS / "command-line.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Return one section of docs/formats.md."""
    return FORMATS.split(f"\n## {title}\n")[1].split("\n## ")[0]


def example(title: str) -> Any:
    """Return the JSON example of a section."""
    (block,) = re.findall(r"```json\n(.*?)```", section(title), re.DOTALL)
    return json.loads(block)


def registered() -> set[str]:
    """Return every verb the program has."""
    import manage

    found = {command.name for command in manage.app.registered_commands}
    for group in manage.app.registered_groups:
        assert group.typer_instance is not None
        found |= {f"{group.name} {c.name}" for c in group.typer_instance.registered_commands}
    return {name for name in found if name}


def test_every_verb_is_documented_and_every_documented_verb_exists() -> None:
    """A verb is added together with its line."""
    named = {verb for verb in registered() if f"`{verb}`" in COMMANDS}
    assert registered() - named == set()
    assert registered() == set(VERBS)


def test_every_coefficient_is_explained() -> None:
    """In docs/agreement.md, by the name the command line gives it."""
    text = (DOCS / "agreement.md").read_text(encoding="utf-8")
    found = every_coefficient(ratings_of([]), "interval", seed=1)
    assert [one.name for one in found if f"| `{one.name}` |" not in text] == []


@pytest.mark.parametrize("format", list(ExportFormat))
def test_every_export_format_is_documented_with_how_to_load_it(format: ExportFormat) -> None:
    """In docs/exports.md: for whom, and in three lines how, as the notes beside an export say."""
    text = (DOCS / "exports.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"\n## {format.value}\n(.*?)(?=\n## |\Z)", text, re.DOTALL)
    assert ABOUT[format].load in re.sub(r"\n\n+", "\n", section)
    assert f"| [`{format.value}`](#{format.value}) |" in text
    assert f"`{format.value}`" in COMMANDS


@pytest.mark.parametrize("table", list(TABLES))
def test_every_table_for_people_is_documented(table: str) -> None:
    """By its name, in docs/exports.md."""
    assert f"| `{table}` | " in (DOCS / "exports.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    """By its variable."""
    assert f"RARE_REVIEW_{name.upper()}`" in COMMANDS


@pytest.mark.parametrize(
    "words", [Verdict, Check, Recommendation, Confidence, EditReason, LeakKind]
)
def test_every_word_of_a_review_is_documented(words: Any) -> None:
    """In the section on reviews."""
    assert [word.value for word in words if f"`{word.value}`" not in section("Review")] == []


def test_every_reason_of_a_decision_is_documented() -> None:
    """In the section on decisions."""
    assert [word.value for word in Reason if f"`{word.value}`" not in section("Decision")] == []


def test_every_rule_a_review_can_break_is_documented() -> None:
    """As src/domain/review.py names them."""
    source = (DOCS.parent / "src" / "domain" / "review.py").read_text(encoding="utf-8")
    calls = re.findall(r"_problem\((.*?)\)", source, re.DOTALL)
    rules = {word for call in calls for word in re.findall(r'"([a-z]+_[a-z_]+)"', call)}
    fields = {"added_claims", "added_criteria"}
    assert len(rules - fields) >= 15
    assert {rule for rule in rules - fields if f"`{rule}`" not in FORMATS} == set()


def test_the_documented_review_and_decision_work_as_they_stand(tmp_path: Path) -> None:
    """Imported, read, submitted and decided exactly as docs/formats.md prints them."""
    shell = Shell(tmp_path)
    shell.done("init")
    (diagnosis,) = re.findall(r"\*\*Diagnosis\*\*\n```json\n(.*?)\n```", FORMATS)
    line = {
        **json.loads(diagnosis),
        "images": [],
        "criteria": [{"text": "Names the disease"}, {"text": "Is plausible"}],
    }
    file = write_items(tmp_path / "in", [line])
    url = f"sqlite:///{tmp_path / 'review.db'}"
    bench = open_workbench(url, str(tmp_path / "images"))
    assert bench.importing.store_file(OPERATOR, file).problems == ()
    for person in PEOPLE:
        bench.people.add(OPERATOR, person)
    open_round(bench)
    for name in ("amara", "benoit"):
        task = bench.reviewing.next_item(bench.people.actor(name), "first")
        assert task is not None
        item = task.item
    bench.reviewing.submit(
        bench.people.actor("benoit"), "first", item.item_id, full_reading(item),
        item_version=1, idempotency_key="benoit",
    )  # fmt: skip
    review, decision = (
        shell.write("r.json", example("Review")),
        shell.write("d.json", example("Decision")),
    )
    assert shell.done("review", "submit", "--person", "amara", review)["receipt"]["number"] == 1
    assert shell.done("decide", "--person", "chen", decision)["receipt"]["number"] == 1
    stored = bench.reviewing.own_review(bench.people.actor("amara"), "first", "demo/diagnosis/001")
    assert stored is not None
    (link,) = stored.body.claims[0].evidence
    assert link.model_dump()["quote"] == "pain in both shins"
    bench.close()
    assert item_line("001")
