"""The command line is a contract: one JSON object, four statuses, no traceback."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.builders import item_line, png, write_items
from tests.commands.running import Shell

VERBS = (
    "init", "migrate", "demo", "serve", "doctor", "verify", "bench", "import", "items", "item",
    "people add", "people roles", "people disable", "people enable", "people list",
    "round create", "round close", "round reopen", "round list", "round add-person",
    "guideline add", "guideline list", "guideline show", "guideline acknowledge",
    "guideline readings",
    "round skips", "round stuck", "round put-back", "round take-out", "round stop", "round results",
    "round end-part", "round take-back", "round left", "round repeats", "round planted",
    "report grras", "report flow",
    "review next", "review submit",
    "disputes", "own-reading", "decide", "reasons", "agreement", "audit-run", "release", "export",
    "predictions", "model", "score", "match", "match-queue list", "match-queue accept",
    "match-queue reject", "match-queue reopen", "judge",
    "grading create", "grading close", "grading reopen", "grading list", "grading import",
    "grading export", "judge-card",
    "orphanet", "alias add", "alias withdraw", "alias list", "scan",
    "mask list", "mask propose", "mask flag", "mask change", "mask apply", "mask withdraw",
    "mask compare", "condition", "duplicates",
)  # fmt: skip


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give an empty study and its command line."""
    made = Shell(tmp_path)
    made.done("init")
    return made


def test_every_verb_tells_its_options_in_one_process() -> None:
    """--help on each is status 0 and names the shared options."""
    import typer
    from typer.testing import CliRunner

    import manage

    runner = CliRunner()
    assert isinstance(manage.app, typer.Typer)
    for verb in VERBS:
        found = runner.invoke(manage.app, [*verb.split(), "--help"])
        assert found.exit_code == 0, verb
        for option in ("--json", "--database-url", "--image-store"):
            assert option in found.output, (verb, option)


def test_the_whole_main_line_goes_by_command_line(shell: Shell, tmp_path: Path) -> None:
    """Import, people, round, two readers who differ, a decision, release, export, verify, doctor."""  # noqa: E501
    file = write_items(tmp_path / "in", [item_line("001")])
    report = shell.done("import", file)["files"][0]
    assert (report["items"], report["new"], report["images"], report["problems"]) == (1, 1, 2, [])
    for person, role in (("amara", "reviewer"), ("benoit", "reviewer"), ("chen", "adjudicator")):
        shell.done("people", "add", person, "--role", role)
    made = shell.done(
        "round", "create", "first", "--readers", "2", "--person", "amara", "--person", "benoit"
    )
    assert (made["round"], made["items"], made["slots"]) == ("first", 1, 2)

    numbers = []
    for person, verdict in (("amara", "supported"), ("benoit", "contradicted")):
        item = shell.done("review", "next", "--person", person, "--round", "first")
        review = {
            "round": item["round"],
            "item_id": item["item_id"],
            "item_version": item["item_version"],
            "idempotency_key": person,
            "review": {
                "claims": [{"claim_id": c["claim_id"], "verdict": verdict} for c in item["claims"]],
                "checks": {"answer_correct": "yes"},
                "recommendation": "accept",
                "confidence": "high",
            },
        }
        receipt = shell.done("review", "submit", "--person", person, shell.write("r.json", review))
        again = shell.done("review", "submit", "--person", person, shell.write("r.json", review))
        assert again == receipt
        numbers.append(receipt["receipt"]["number"])
    assert numbers == [1, 1]
    assert shell.done("review", "next", "--person", "amara", "--round", "first")["item_id"] is None

    (dispute,) = shell.done("disputes")["disputes"]
    assert dispute["unit"] == "claim:c1"
    assert {reading["reader"] for reading in dispute["readings"]} == {"A", "B"}
    ruling = {
        "round": "first",
        "item_id": dispute["item_id"],
        "unit": "claim:c1",
        "chosen": "A",
        "reason": "reader_slip",
    }
    assert (
        len(
            shell.done("decide", "--person", "chen", shell.write("d.json", ruling))["receipt"][
                "hash"
            ]
        )
        == 64
    )
    assert shell.done("disputes")["disputes"] == []
    coefficient = shell.done("agreement")["coefficients"][0]
    assert (coefficient["name"], coefficient["value"]) == ("percent_agreement", 0.0)

    released = shell.done("release", "--note", "first")
    assert (released["release"], released["items"], released["left_out"]) == (1, 1, [])
    written = shell.done("export", "--release", "1", "--format", "jsonl", "--out", tmp_path / "out")
    assert (tmp_path / "out" / written["files"][0]["path"]).is_file()
    assert written["files"][0]["rows"] == 1
    head = shell.write("head.json", written["head"])
    assert shell.done("verify", "--against", head)["intact"] is True
    assert shell.done("doctor")["problems"] == []


def test_shared_options_stand_before_or_after_the_verb(shell: Shell, tmp_path: Path) -> None:
    """And win over the settings."""
    other = f"sqlite:///{tmp_path / 'other.db'}"
    options = ("--database-url", other, "--image-store", str(tmp_path / "other-images"))
    shell.done("init", *options)
    assert (tmp_path / "other.db").is_file()
    before = shell("--json", *options, "people", "list", as_json=False)
    after = shell("people", "list", *options, "--json", as_json=False)
    assert before.data == after.data == {"people": []}
    shell.done("people", "add", "amara", *options)
    assert [p["person_id"] for p in shell.done("people", "list", *options)["people"]] == ["amara"]
    assert shell.done("people", "list")["people"] == []


def test_wrong_usage_is_status_2(shell: Shell) -> None:
    """An unknown verb, a missing argument, a word where a number belongs."""
    for words in (("nonsense",), ("item",), ("export", "--release", "one", "--out", "x")):
        run = shell(*words)
        assert (run.status, run.data["error"]["rule"]) == (2, "usage"), words
        assert run.err


def test_a_refusal_is_status_1_and_says_its_rule(shell: Shell, tmp_path: Path) -> None:
    """Under --json on standard output, else in words on standard error."""
    cases = {
        ("item", "no/such/item"): "not_found",
        ("release",): "bad_input",
        ("export", "--release", "9", "--out", str(tmp_path / "x")): "not_found",
        ("review", "next", "--person", "nobody", "--round", "first"): "not_allowed",
        ("round", "create", "", "--readers", "1", "--person", "x"): "bad_input",
        ("people", "add", "Not An Id"): "bad_input",
        ("verify", "--against", str(tmp_path / "none")): "bad_input",
    }
    for words, rule in cases.items():
        run = shell(*words)
        assert (run.status, run.data["error"]["rule"]) == (1, rule), words
        assert run.data["error"]["message"]
    run = shell("item", "no/such/item", as_json=False)
    assert (run.status, run.out) == (1, "")
    assert "no/such/item" in run.err


NO_REVIEWS = [
        "not json", "[]", "null", '{"round": 1}', '{"a": 1, "a": 2}', "\ufeff{", "[" * 500,
        '{"round":"first","item_id":"x","item_version":1,"idempotency_key":"","review":{}}',
        '{"round":"first","item_id":"x","item_version":1,"idempotency_key":"k","seconds_active":-1,"review":{}}',
        '{"round":"first","item_id":"x\\u0000","item_version":1,"idempotency_key":"k","review":{}}',
        '{"round":"first","item_id":"x","item_version":9007199254740993,"idempotency_key":"k","review":{}}',
    ]  # fmt: skip


def test_a_review_or_decision_that_is_none_is_refused(shell: Shell, tmp_path: Path) -> None:
    """Whatever the file holds, status 1 and a rule; never a fault of ours."""
    shell.done("people", "add", "amara")
    for number, given in enumerate(NO_REVIEWS):
        (tmp_path / "bad.json").write_text(given, encoding="utf-8")
        words = ("decide",) if number == 0 else ("review", "submit")
        run = shell(*words, "--person", "amara", tmp_path / "bad.json")
        assert run.status == 1, run.out + run.err
        assert run.data["error"]["rule"], given


def test_adding_a_known_person_changes_only_what_is_given(shell: Shell) -> None:
    """Somebody disabled is not let in again by a new name."""
    shell.done("people", "add", "amara", "--role", "lead", "--specialty", "radiology")
    shell.done("people", "disable", "amara")
    (person,) = shell.done("people", "add", "amara", "--name", "Amara Okafor")["people"]
    assert (person["display_name"], person["roles"], person["specialty"], person["active"]) == (
        "Amara Okafor", ["lead"], "radiology", False,
    )  # fmt: skip


def test_a_damaged_database_is_said_calmly(tmp_path: Path) -> None:
    """Cut in half, overwritten, missing: status 1 or 3, one JSON object, no traceback."""
    shell = Shell(tmp_path)
    assert shell("items").data["error"]["rule"] == "database"
    shell.done("init")
    whole = (tmp_path / "review.db").read_bytes()
    for damaged in (
        whole[: len(whole) // 2],
        b"\0" * len(whole),
        b"x" * 5_000,
        whole[:100] + b"\xff" * 4_000 + whole[4_100:],
    ):
        for leftover in ("review.db-wal", "review.db-shm"):
            (tmp_path / leftover).unlink(missing_ok=True)
        (tmp_path / "review.db").write_bytes(damaged)
        run = shell("items")
        assert run.status in (1, 3)
        assert run.data["error"]["message"]


HEAD = "index\tquestion\tanswer\tcontext\timage\tcategory\tORPHA_code\n"


def row(index: str = "1", image: str = "[]", question: str = "Which?") -> str:
    """Return one row of a diagnosis table."""
    return f"{index}\t{question}\tECD\t\t{image}\t\t\n"


def bad_files(folder: Path) -> dict[str, str]:
    """Write one file for each kind of bad input and return name -> rule."""
    good = base64.b64encode(png(1)).decode()
    half = base64.b64encode(png(1)[:300]).decode()
    svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode()
    texts = {
        ("wrong columns", "missing_column"): "index\tquestion\tcategory\tORPHA_code\n1\tq\tc\t1\n",
        ("duplicate column", "duplicate_column"): HEAD.replace("context", "answer") + row(),
        ("ragged first", "ragged_row"): HEAD + "1\tx\n" + row("2"),
        ("ragged last", "ragged_row"): HEAD + row() + row("2")[:-1] + "\textra\n",
        ("nul", "nul"): HEAD + row(question="a\0b"),
        ("duplicate id", "duplicate_id"): HEAD + row() + row(),
        ("unterminated quote", "unterminated_quote"): HEAD + row(question='"open') + row("2"),
        ("bad base64", "bad_base64"): HEAD + row(image='["!!!!"]'),
        ("truncated image", "truncated"): HEAD + row(image=half),
        ("svg", "unsupported_format"): HEAD + row(image=svg),
        ("no rows", "no_rows"): HEAD,
        ("large cell", "cell_too_large"): HEAD + row(question="x" * 100_000_000),
    }
    rules = {}
    for number, ((name, rule), text) in enumerate(texts.items()):
        path = folder / f"{number:02}_{name.replace(' ', '_')}_diagnosis_opened.tsv"
        path.write_text(text, encoding="utf-8")
        rules[str(path)] = rule
    latin = folder / "latin_diagnosis_opened.tsv"
    latin.write_bytes((HEAD + row(question="Ménière")).encode("latin-1"))
    rules[str(latin)] = "encoding"
    for name, image, rule in (
        ("missing", "none.png", "missing_file"),
        ("outside", "../../secret.png", "path_outside"),
        ("url", "https://example.org/a.png", "url_not_allowed"),
    ):
        path = folder / f"{name}.jsonl"
        path.write_text(
            json.dumps(item_line("1", images=[{"path": image}])) + "\n", encoding="utf-8"
        )
        rules[str(path)] = rule
    rules[str(folder / "nothing.tsv")] = "missing_file"
    assert good
    return rules


def test_every_bad_input_is_refused_by_its_rule_and_changes_nothing(
    shell: Shell, tmp_path: Path
) -> None:
    """All at once in one run, a good file with a BOM among them, which stays."""
    folder = tmp_path / "bad"
    folder.mkdir()
    rules = bad_files(folder)
    store = sorted(path for path in (tmp_path / "images").rglob("full.*"))
    run = shell("import", *rules)
    assert run.status == 1
    assert run.data["error"]["problems"]
    found = {file["path"]: {p["rule"] for p in file["problems"]} for file in run.data["files"]}
    assert {path: rule for path, rule in rules.items() if rule not in found[path]} == {}
    for file in run.data["files"]:
        assert (file["new"], file["changed"]) == (0, 0)
        assert all(problem["message"] for problem in file["problems"])
    assert shell.done("items")["items"] == []
    assert sorted(path for path in (tmp_path / "images").rglob("full.*")) == store

    good = folder / "good_diagnosis_opened.tsv"
    good.write_bytes(b"\xef\xbb\xbf" + (HEAD + row("001")).encode())
    mixed = shell("import", next(iter(rules)), good)
    assert (mixed.status, [f["new"] for f in mixed.data["files"]]) == (1, [0, 1])
    assert len(shell.done("items")["items"]) == 1


def test_a_dry_run_says_what_would_be_and_stores_nothing(shell: Shell, tmp_path: Path) -> None:
    """The counts are there, the items are not."""
    file = write_items(tmp_path / "in", [item_line("001", images=[])])
    assert shell.done("import", "--dry-run", file)["files"][0]["new"] == 1
    assert shell.done("items")["items"] == []
