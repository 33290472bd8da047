"""Rules of routing on the command line: chosen by name, changed by a file, named with each unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.builders import item_line, write_items
from tests.commands.running import Shell

ROUND = ("round", "create", "first", "--readers", "2", "--person", "amara", "--person", "benoit")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a study of two items with its people, and its command line."""
    made = Shell(tmp_path)
    made.done("init")
    lines = [item_line(f"00{n}", case=f"case-{n}", images=[]) for n in (1, 2)]
    made.done("import", write_items(tmp_path / "in", lines))
    for person, role in (("amara", "reviewer"), ("benoit", "reviewer"), ("chen", "adjudicator")):
        made.done("people", "add", person, "--role", role)
    return made


def read(shell: Shell, person: str, **changes: Any) -> None:
    """Let a person read all items alike."""
    while (item := shell.done("review", "next", "--person", person, "--round", "first")).get(
        "item_id"
    ):
        review = {
            "claims": [{"claim_id": c["claim_id"], "verdict": "supported"} for c in item["claims"]],
            "checks": {"answer_correct": "yes"},
            "recommendation": "accept",
            "confidence": "high",
            **changes,
        }
        sent = {
            "round": "first",
            "item_id": item["item_id"],
            "item_version": 1,
            "idempotency_key": f"{person}-{item['item_id']}",
            "review": review,
        }
        shell.done("review", "submit", "--person", person, shell.write("r.json", sent))


def test_a_round_takes_the_standard_rule_unless_told_otherwise(shell: Shell) -> None:
    """The rule is told with the round."""
    made = shell.done(*ROUND)
    assert made["routing"]["name"] == "standard"
    assert made["routing"]["audit_share"] == 0.05
    other = shell.done(*(word.replace("first", "other") for word in ROUND), "--routing",
                       "every-difference")  # fmt: skip
    assert (other["routing"]["name"], other["routing"]["audit_share"]) == ("every-difference", 0.0)


def test_thresholds_come_from_a_file_and_wrong_ones_are_named(shell: Shell) -> None:
    """What is not in it stays as the rule has it."""
    wrong = shell.write("wrong.json", {"audit_share": 2, "box_f1": 0.1})
    refused = shell(*ROUND, "--thresholds", wrong)
    assert refused.status == 1
    columns = {problem["column"] for problem in refused.data["error"]["problems"]}
    assert columns == {"audit_share", "box_f1"}
    no_object = shell(*ROUND, "--thresholds", shell.write("list.json", [1]))
    assert "no object" in no_object.data["error"]["message"]

    given = shell.write("right.json", {"audit_share": 1.0, "ordinal_range": 1})
    made = shell.done(*ROUND, "--thresholds", given)["routing"]
    assert (made["audit_share"], made["ordinal_range"], made["text_similarity"]) == (1.0, 1, 0.8)


def test_disputes_name_their_reasons_and_an_audit_is_confirmed_by_a_decision(shell: Shell) -> None:
    """One reader adds a criterion to the first item; nothing differs on the second."""
    given = shell.write("all.json", {"audit_share": 1})
    shell.done(*ROUND, "--thresholds", given)
    read(shell, "amara")
    read(shell, "benoit", flags=[{"kind": "answer_in_text", "place": {"field": "context"}}])
    found = shell.done("disputes")["disputes"]
    assert {(d["unit"], *d["reasons"]) for d in found} == {
        ("flag:answer_in_text:context", "safety", "no_majority")
    }
    rulings = [
        {
            "round": "first",
            "item_id": d["item_id"],
            "unit": d["unit"],
            "chosen": "remove",
            "reason": "reader_slip",
        }
        for d in found
    ]
    shell.done("decide", "--person", "chen", shell.write("d.json", rulings))
    assert shell.done("release")["items"] == 2


def test_the_audit_is_a_dispute_that_is_confirmed(shell: Shell) -> None:
    """Without a reason, for nobody differed."""
    shell.done(*ROUND, "--thresholds", shell.write("all.json", {"audit_share": 1}))
    read(shell, "amara")
    read(shell, "benoit")
    found = shell.done("disputes")["disputes"]
    assert [(d["unit"], d["reasons"]) for d in found] == [("audit:item", ["audit"])] * 2
    left_out = shell("release").data["error"]["message"]
    assert "No item is ready" in left_out
    confirmed = [
        {"round": "first", "item_id": d["item_id"], "unit": "audit:item", "chosen": "confirm"}
        for d in found
    ]
    shell.done("decide", "--person", "chen", shell.write("d.json", confirmed))
    assert shell.done("release")["items"] == 2


def test_releases_are_compared_and_nothing_is_frozen(shell: Shell) -> None:
    """A revision by both readers changes one item; --stale tells it before, --diff after."""
    shell.done(*ROUND, "--routing", "every-difference")
    read(shell, "amara")
    read(shell, "benoit")
    assert shell.done("release")["manifest"]["units"] == {"unanimous": 12}
    for person in ("amara", "benoit"):
        sent = {
            "round": "first",
            "item_id": "test/diagnosis/001",
            "item_version": 1,
            "idempotency_key": f"{person} again",
            "review": {
                "claims": [{"claim_id": "c1", "verdict": "contradicted"}],
                "checks": {"answer_correct": "yes"},
                "recommendation": "accept",
                "confidence": "high",
            },
        }
        shell.done("review", "submit", "--person", person, shell.write("r.json", sent))
    [stale] = shell.done("release", "--stale", "1")["items"]
    shell.done("release")
    found = shell.done("release", "--diff", "1", "2")
    assert (found["added"], found["dropped"], found["changed"]) == (0, 0, 1)
    [item] = found["items"]
    assert item["changes"] == stale["changes"]
    said = shell("release", "--diff", "1", "2", as_json=False).out
    assert all(f"    {change['what']}: " in said for change in item["changes"])
    assert " -> " in said
    [change] = item["changes"]
    assert (change["what"], change["before"]["value"], change["after"]["value"]) == (
        "claim:c1",
        "supported",
        "contradicted",
    )
    assert shell("release", "--diff", "1", "3").status == 1
    assert shell("release", "--diff", "1", "2", "--note", "x").status == 2
    assert shell("release", "--diff", "1", "2", "--stale", "1").status == 2


def test_reasons_are_listed_answered_and_opened_again(shell: Shell) -> None:
    """What the decision asks for, who did it, and what stands there afterwards."""
    shell.done(*ROUND)
    read(shell, "amara")
    read(shell, "benoit", checks={"answer_correct": "no"})
    found = shell.done("disputes")["disputes"]
    rulings = [
        {
            "round": "first",
            "item_id": d["item_id"],
            "unit": d["unit"],
            "chosen": "A",
            "reason": "image_quality",
        }
        for d in found
    ]
    shell.done("decide", "--person", "chen", shell.write("d.json", rulings))
    listed = shell.done("reasons")
    assert [(e["unit"], e["asks_for"], e["done"]) for e in listed["entries"]] == [
        ("check:answer_correct", "image_replaced", False)
    ] * 2
    assert {c["asks_for"]: c["open"] for c in listed["counts"]}["image_replaced"] == 2
    assert [(c["reason"], c["decisions"]) for c in listed["by_track"]] == [("image_quality", 2)]
    assert (listed["by_criterion"], listed["fixes"]) == ([], [])
    decision = listed["entries"][0]["decision_id"]
    entry = shell.done("reasons", "--answer", decision, "--by", "image_replaced")["entry"]
    assert (entry["done"], entry["person"]) == (True, "operator")
    assert len(shell.done("reasons")["entries"]) == 1
    assert len(shell.done("reasons", "--done")["entries"]) == 2
    assert shell("reasons", "--answer", decision, "--by", "item_edit").status == 1
    assert shell("reasons", "--answer", decision).status == 2
    assert shell("reasons", "--by", "item_edit").status == 2
    assert shell.done("reasons", "--reopen", decision)["entry"]["done"] is False
    assert shell.done("reasons", "--asks-for", "rubric_edit")["entries"] == []
