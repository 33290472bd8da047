"""The study screen: import, rounds, people, the log."""

from __future__ import annotations

import io
import json
import threading
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from src.domain.errors import BadInputError, ConflictError
from src.domain.evidence import span_of
from src.domain.leakage import LeakKind, LeakPlace
from src.domain.people import OPERATOR, Person, Role
from src.domain.reasons import Reason
from src.domain.review import ReviewBody, Verdict
from src.domain.round import RoundKind, SkipReason
from src.domain.routing import EVERY_DIFFERENCE, STANDARD
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench
from src.ui.import_job import ImportDesk, ImportJob, file_below, import_desk, kept_upload
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import button, message, open_page, serve, words


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study without items."""
    serve(bench, monkeypatch, tmp_path)
    return bench


def bring_in(study: Workbench, tmp_path: Path, number: int = 3) -> None:
    """Import so many items of as many cases."""
    lines = [item_line(f"{n:03d}", case=f"case-{n}") for n in range(1, number + 1)]
    study.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))


def import_page(name: str) -> AppTest:
    """Choose a file of the import folder on the import part."""
    page = open_page("study", "lena", part="Import")
    page.button_group(key="import-source").set_value("A file in the import folder").run()
    page.selectbox(key="import-name").select(name).run()
    return page


def finish(desk: ImportDesk) -> None:
    """Wait until the import is done."""
    for _ in range(300):
        if desk.job is not None and desk.job.done:
            return
        time.sleep(0.05)
    raise AssertionError("the import did not end")


def test_an_empty_study_says_what_to_do_first(study: Workbench) -> None:
    """No item, no round: each part says where to begin."""
    assert "Nothing is imported yet" in open_page("study", "lena").info[0].value
    assert "There is no round yet" in open_page("study", "lena", part="Rounds").info[0].value


def test_a_file_of_the_import_folder_is_imported_and_reported(
    study: Workbench, tmp_path: Path
) -> None:
    """The import runs beside the page, and its report is there afterwards."""
    write_items(tmp_path / "incoming", [item_line("001"), item_line("002", case="case-2")])
    page = import_page("items.jsonl")
    button(page, "Import the file").click().run()
    finish(import_desk())
    page = open_page("study", "lena", part="Import")
    said = page.success[0].value.replace("\\", "")
    assert said == "2 items with 4 images: 2 new, 0 changed, 0 as before."
    assert sum(study.browsing.counts(actor("lena")).values()) == 2
    button(page, "Put the report away").click().run()
    assert not page.success


def test_a_dry_run_stores_nothing(study: Workbench, tmp_path: Path) -> None:
    """The report says what would be stored."""
    write_items(tmp_path / "incoming", [item_line("001")])
    page = import_page("items.jsonl")
    page.checkbox(key="import-dry").check().run()
    button(page, "Check the file").click().run()
    finish(import_desk())
    page = open_page("study", "lena", part="Import")
    assert "Nothing is wrong with the file" in page.success[0].value
    assert study.browsing.counts(actor("lena")) == {}


def test_the_problems_of_a_refused_file_are_listed_by_line(
    study: Workbench, tmp_path: Path
) -> None:
    """Line, column, rule and message of each; nothing is stored."""
    bad = {**item_line("002", case="case-2"), "question": ""}
    write_items(tmp_path / "incoming", [item_line("001"), bad])
    page = import_page("items.jsonl")
    button(page, "Import the file").click().run()
    finish(import_desk())
    page = open_page("study", "lena", part="Import")
    assert "refused for 1 problem" in page.warning[0].value
    frame = page.dataframe[0].value
    assert list(frame.columns) == ["Line", "Column", "Rule", "Message"]
    assert list(frame["Line"]) == [2]
    assert study.browsing.counts(actor("lena")) == {}


def test_without_a_file_nothing_starts(study: Workbench) -> None:
    """The button says what is missing."""
    page = open_page("study", "lena", part="Import")
    button(page, "Import the file").click().run()
    assert message(page) == ("refused", "Choose a file first.")


def test_an_import_can_be_stopped_and_then_changed_nothing(
    study: Workbench, tmp_path: Path
) -> None:
    """Asked to stop before it begins to store, it stores nothing."""
    path = write_items(tmp_path / "in", [item_line("001")])
    job = ImportJob(study, actor("lena"), path, None, dry_run=False)
    job.stop()
    desk = ImportDesk()
    desk.start(job)
    finish(desk)
    assert job.refusal == "The import was stopped. Nothing was changed."
    assert study.browsing.counts(actor("lena")) == {}


def test_what_was_imported_is_scanned_for_leaks_and_the_report_says_what_was_found(
    study: Workbench, tmp_path: Path
) -> None:
    """In the same run; a dry run scans nothing."""
    path = write_items(tmp_path / "in", [item_line("001", context="Erdheim-Chester disease.")])
    import_desk().start(ImportJob(study, actor("lena"), path, None, dry_run=True))
    finish(import_desk())
    assert study.scanning.scan_new(actor("lena")).items == 0
    import_desk().start(ImportJob(study, actor("lena"), path, None, dry_run=False))
    finish(import_desk())
    page = open_page("study", "lena", part="Import")
    said = page.caption[-1].value.replace("\\", "")
    assert said.startswith("Scanned for leaks, 1 item: 1 spot that may give an answer away")
    assert study.scanning.scan(actor("lena")).scanned == 0


def test_an_import_stays_when_the_scan_after_it_fails(
    study: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report says so, and how to scan again."""

    def fails(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    path = write_items(tmp_path / "in", [item_line("001")])
    job = ImportJob(study, actor("lena"), path, None, dry_run=False)
    monkeypatch.setattr(study.scanning, "scan_new", fails)
    import_desk().start(job)
    finish(import_desk())
    assert study.browsing.counts(actor("lena")) == {"diagnosis": 1}
    assert job.report is not None
    assert (job.report.new, job.refusal) == (1, "")
    page = open_page("study", "lena", part="Import")
    said = page.warning[0].value.replace("\\", "")
    assert said.startswith("It was not scanned for leaks")
    assert "manage.py scan" in said


def test_a_second_import_waits_for_the_first(study: Workbench, tmp_path: Path) -> None:
    """While one is under way another is refused, and its upload is thrown away."""
    path = write_items(tmp_path / "in", [item_line("001")])
    desk = ImportDesk()
    gate = threading.Event()
    waited: list[bool] = []
    removed: list[bool] = []
    desk.start(
        ImportJob(study, actor("lena"), path, None, dry_run=True),
        finish=lambda: waited.append(gate.wait(20)),
    )
    desk.job = ImportJob(study, actor("lena"), path, None, dry_run=True)
    with pytest.raises(ConflictError, match="still being imported"):
        desk.start(
            ImportJob(study, actor("lena"), path, None, dry_run=False),
            finish=lambda: removed.append(True),
        )
    gate.set()
    assert removed == [True]


def test_no_name_leads_out_of_the_import_folder(tmp_path: Path) -> None:
    """Neither dots nor an absolute path nor a link reach another file."""
    folder = tmp_path / "incoming"
    folder.mkdir()
    secret = tmp_path / "secret.tsv"
    secret.write_text("secret")
    (folder / "link.tsv").symlink_to(secret)
    for name in ("../secret.tsv", str(secret), "link.tsv"):
        with pytest.raises(BadInputError):
            file_below(folder, name)


def test_an_upload_keeps_its_bytes_and_is_removed_afterwards() -> None:
    """What is uploaded is what is imported; a name with folders in it is cut to its last part."""
    path, remove = kept_upload("../../evil/items.jsonl", io.BytesIO(b"\xef\xbb\xbf{}\r\n"))
    assert (path.name, path.read_bytes()) == ("items.jsonl", b"\xef\xbb\xbf{}\r\n")
    remove()
    assert not path.exists()


def test_the_lead_opens_a_sampled_round_and_sees_its_progress(
    study: Workbench, tmp_path: Path
) -> None:
    """Two of three items by seed 11; the card says so, and who read how many."""
    bring_in(study, tmp_path)
    page = open_page("study", "lena", part="Rounds")
    page.button_group(key="r-which").set_value("A sample").run()
    page.number_input(key="r-sample").set_value(2)
    page.text_input(key="r-seed").input("11")
    page.text_input(key="r-name").input("Sampled")
    page.multiselect(key="r-persons").set_value(["amara", "benoit"])
    button(page, "Open the round").click().run()
    assert message(page) == ("done", "Sampled is open: 2 items, 2 readings of each.")
    made = study.assigning.get(actor("lena"), "Sampled")
    assert (made.seed, made.selection["sample"], made.selection["of"]) == (11, 2, 3)
    read_all(study, "amara", "Sampled")
    page = open_page("study", "lena", part="Rounds")
    assert "sample of 2 from 3, seed 11" in words(page).replace("\\", "")
    frame = page.dataframe[0].value
    assert list(frame["Reader"]) == ["Amara Okafor", "Benoît Marchand"]
    assert list(frame["Read"]) == [2, 0]


def test_a_round_without_enough_readers_is_refused_in_words(
    study: Workbench, tmp_path: Path
) -> None:
    """Two readings of each item need two people; the form keeps what was typed."""
    bring_in(study, tmp_path)
    page = open_page("study", "lena", part="Rounds")
    page.text_input(key="r-name").input("Too few")
    page.multiselect(key="r-persons").set_value(["amara"])
    button(page, "Open the round").click().run()
    assert message(page)[0] == "refused"
    assert "need at least 2 people" in message(page)[1]
    assert page.text_input(key="r-name").value == "Too few"
    assert study.assigning.all_of(actor("lena")) == []


def test_closing_a_round_keeps_what_was_read(study: Workbench, tmp_path: Path) -> None:
    """The button of an open round closes it."""
    bring_in(study, tmp_path)
    open_round(study)
    page = open_page("study", "lena", part="Rounds")
    button(page, "Close the round").click().run()
    assert study.assigning.get(actor("lena"), "first").state.value == "closed"


def test_closing_with_a_draft_open_says_what_it_means_and_can_be_undone(
    study: Workbench, tmp_path: Path
) -> None:
    """The draft is counted before and after; reopening leaves the round as it was."""
    bring_in(study, tmp_path)
    open_round(study)
    task = study.reviewing.next_item(actor("amara"), "first")
    assert task is not None
    study.reviewing.save_draft(
        actor("amara"), "first", task.item.item_id, ReviewBody(comment="half"), 0
    )
    page = open_page("study", "lena", part="Rounds")
    assert "1 reading is begun and not yet sent" in words(page)
    button(page, "Close with 1 draft open").click().run()
    assert message(page) == (
        "done",
        "first is closed. What was read stays. 1 begun reading can still be sent.",
    )
    page = open_page("study", "lena", part="Rounds")
    button(page, "Reopen the round").click().run()
    assert message(page) == ("done", "first is open again, as it was.")
    assert study.assigning.get(actor("lena"), "first").state.value == "open"


def test_a_round_that_is_read_first_is_opened_by_the_form(study: Workbench, tmp_path: Path) -> None:
    """The tick says what readers will see; the card says it too."""
    bring_in(study, tmp_path)
    page = open_page("study", "lena", part="Rounds")
    page.text_input(key="r-name").input("Blind")
    page.multiselect(key="r-persons").set_value(["amara", "benoit"])
    page.checkbox(key="r-read-first").check()
    button(page, "Open the round").click().run()
    assert study.assigning.get(actor("lena"), "Blind").read_first
    assert "read first, then judge" in words(open_page("study", "lena", part="Rounds"))


def test_the_lead_answers_for_an_item_that_is_held_back(study: Workbench, tmp_path: Path) -> None:
    """Reason, note and reader are there; put back once, taken out the second time."""
    bring_in(study, tmp_path)
    open_round(study)
    item_id = "test/diagnosis/001"
    for note, label in (("all *black*", "Put back"), ("still black", "Take it out")):
        task = study.reviewing.next_item(actor("amara"), "first")
        assert task is not None
        assert task.item.item_id == item_id
        study.reviewing.skip(actor("amara"), "first", item_id, SkipReason.IMAGE_UNREADABLE, note)
        page = open_page("study", "lena", part="Rounds")
        said = words(page).replace("\\", "")
        assert "1 item held back until you answer" in said
        assert note in said
        assert "Amara Okafor" in said
        if label == "Take it out":
            page.text_input[-1].input("No other image exists")
        button(page, label).click().run()
        assert message(page)[0] == "done"
    page = open_page("study", "lena", part="Rounds")
    assert "held back" not in words(page)
    assert study.assigning.taken_out(actor("lena"), "first") == [(item_id, "No other image exists")]
    assert "Taken out: 1 item" in words(page)


def masked_under_a_round(study: Workbench, tmp_path: Path) -> str:
    """Mask an item of an open round and return its id."""
    bring_in(study, tmp_path)
    open_round(study)
    item_id, lena = "test/diagnosis/001", actor("lena")
    question = study.browsing.item(lena, item_id).item.content.question
    place = LeakPlace(field="question", span=span_of("question", question, 0, 4))
    proposed = study.masking.flag(lena, item_id, LeakKind.ANSWER_IN_TEXT, place, "a test")
    study.masking.apply(lena, item_id, [mask.mask_id for mask in proposed.masks])
    return item_id


def test_what_a_round_asks_as_before_masks_is_stopped_and_given_out_again(
    study: Workbench, tmp_path: Path
) -> None:
    """The card says how much is missing; stopped, it is counted apart."""
    item_id = masked_under_a_round(study, tmp_path)
    page = open_page("study", "lena", part="Rounds")
    said = words(page)
    assert "1 item asked as before masks" in said
    assert "can never become gold: 2 readings missing" in said
    button(page, "Stop it in this round").click().run()
    assert message(page)[0] == "done"
    page = open_page("study", "lena", part="Rounds")
    assert "asked as before masks" not in words(page)
    assert "Stopped: 1 item" in words(page)
    button(page, "Give out again").click().run()
    assert study.assigning.stopped(actor("lena"), "first") == []
    assert [one.item_id for one in study.assigning.outdated(actor("lena"), "first")] == [item_id]


def test_what_a_round_asks_as_before_masks_is_moved_on_into_a_round_of_the_new_version(
    study: Workbench, tmp_path: Path
) -> None:
    """One act: stopped here, and asked there of the same people."""
    item_id = masked_under_a_round(study, tmp_path)
    page = open_page("study", "lena", part="Rounds")
    button(page, "Open the new round").click().run()
    assert message(page)[0] == "done"
    assert study.assigning.stopped(actor("lena"), "first") == [item_id]
    new = study.assigning.get(actor("lena"), "first masked")
    assert (new.items, new.readers, new.persons) == (1, 2, ("amara", "benoit"))


def test_an_item_nobody_may_take_is_freed_by_a_reader_the_lead_adds(
    study: Workbench, tmp_path: Path
) -> None:
    """The panel says what keeps each reader away; Dalia is added and it is gone."""
    bring_in(study, tmp_path, 1)
    open_round(study)
    read_all(study, "amara")
    task = study.reviewing.next_item(actor("benoit"), "first")
    assert task is not None
    study.reviewing.skip(
        actor("benoit"), "first", task.item.item_id, SkipReason.CONFLICT_OF_INTEREST
    )
    page = open_page("study", "lena", part="Rounds")
    said = words(page).replace("\\", "")
    assert "1 item which none of the readers may take" in said
    assert "Amara Okafor read it or holds it; Benoît Marchand passed it on" in said
    button(page, "Add to the round").click().run()
    assert message(page) == ("done", "Dalia Haddad now reads in first.")
    assert study.assigning.get(actor("lena"), "first").persons == ("amara", "benoit", "dalia")
    assert "none of the readers may take" not in words(open_page("study", "lena", part="Rounds"))


def test_a_calibration_round_is_opened_and_its_results_are_shown(
    study: Workbench, tmp_path: Path
) -> None:
    """With a pass mark of 80 %: who read like gold has passed, who has not finished is not judged."""  # noqa: E501
    bring_in(study, tmp_path)
    open_round(study)
    for person in ("amara", "benoit"):
        read_all(study, person)
    study.releasing.release(actor("lena"))
    page = open_page("study", "lena", part="Rounds")
    page.button_group(key="r-kind").set_value(RoundKind.CALIBRATION).run()
    page.text_input(key="r-name").input("Practice")
    page.multiselect(key="r-persons").set_value(["amara", "dalia"])
    page.number_input(key="r-mark").set_value(80)
    button(page, "Open the round").click().run()
    assert message(page) == ("done", "Practice is open: 3 items, 2 readings of each.")
    read_all(study, "dalia", "Practice")
    page = open_page("study", "lena", part="Rounds")
    assert "calibration, in no statistics" in words(page).replace("\\", "")
    frame = next(f.value for f in page.dataframe if "Agreed with gold" in f.value.columns)
    assert list(frame["Reader"]) == ["Amara Okafor", "Dalia Haddad"]
    assert list(frame["Practised"]) == ["0 of 3", "3 of 3"]
    assert list(frame["Agreed with gold"]) == ["–", "100%"]
    assert list(frame["Pass mark"]) == ["Not finished", "Passed"]


def test_an_admin_who_does_not_lead_sees_what_waits_and_cannot_answer(
    study: Workbench, tmp_path: Path
) -> None:
    """No button of a lead is there."""
    bring_in(study, tmp_path)
    boss = Person(person_id="boss", display_name="Boss", roles=frozenset({Role.ADMIN}))
    study.people.add(OPERATOR, boss)
    open_round(study)
    task = study.reviewing.next_item(actor("amara"), "first")
    assert task is not None
    study.reviewing.skip(actor("amara"), "first", task.item.item_id, SkipReason.ITEM_BROKEN)
    page = open_page("study", "boss", part="Rounds")
    assert "held back until you answer" in words(page)
    assert [b.label for b in page.button if "ut" in b.label or "Close" in b.label] == []


def test_somebody_new_is_added_with_a_role(study: Workbench) -> None:
    """The form adds a person who can then work."""
    page = open_page("study", "lena", part="People")
    page.text_input(key="p-id-").input("farah")
    page.text_input(key="p-name-").input("Farah Nasser")
    page.button_group(key="p-roles-").set_value([Role.REVIEWER])
    button(page, "Add the person").click().run()
    assert message(page) == ("done", "Farah Nasser is stored.")
    assert study.people.actor("farah").roles == {Role.REVIEWER}


def test_a_person_without_a_proper_id_is_refused(study: Workbench) -> None:
    """What an id may hold is said, and nobody is stored."""
    page = open_page("study", "lena", part="People")
    page.text_input(key="p-id-").input("Farah N.")
    page.text_input(key="p-name-").input("Farah Nasser")
    button(page, "Add the person").click().run()
    assert "small letters" in message(page)[1]
    assert not study.people.is_active("Farah N.")


def test_a_lead_who_is_no_admin_cannot_make_one(study: Workbench) -> None:
    """The role is not offered."""
    page = open_page("study", "lena", part="People")
    assert "Admin" not in list(page.button_group(key="p-roles-").options)


def test_the_log_is_verified_on_the_screen(study: Workbench, tmp_path: Path) -> None:
    """The result names the events recomputed and the head of the chain."""
    bring_in(study, tmp_path)
    page = open_page("study", "lena", part="Log")
    button(page, "Verify the whole log").click().run()
    head = study.browsing.head(actor("lena"))
    assert "Everything is as it was stored" in page.success[0].value
    assert head.hash in page.success[0].value


def test_the_log_turns_its_pages(study: Workbench, tmp_path: Path) -> None:
    """More than fifty events: the older ones are a click away, by number."""
    bring_in(study, tmp_path, 30)
    page = open_page("study", "lena", part="Log")
    first = page.dataframe[0].value
    assert len(first) == 50
    button(page, "Older").click().run()
    second = page.dataframe[0].value
    assert max(second["Number"]) == min(first["Number"]) - 1


def test_a_reviewer_sees_nothing_of_the_study(study: Workbench) -> None:
    """Progress of others is not for a reader."""
    page = open_page("study", "amara", part="Rounds")
    assert "role lead or admin" in page.info[0].value
    assert json.loads(words(page)) and not page.dataframe


def test_reasons_are_answered_on_the_screen(study: Workbench, tmp_path: Path) -> None:
    """What a decision asks for stands there; done, it is gone from the list, and can come back."""
    assert (
        "No decision names a reason yet" in open_page("study", "lena", part="Reasons").info[0].value
    )
    bring_in(study, tmp_path, 1)
    open_round(study)
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.CONTRADICTED)
    ruling = Ruling(
        round="first",
        item_id="test/diagnosis/001",
        unit="claim:c1",
        chosen="A",
        reason=Reason.TRUE_CLINICAL_AMBIGUITY,
    )
    study.adjudicating.decide(actor("chen"), ruling)
    page = open_page("study", "lena", part="Reasons")
    assert "Claim c1 · True clinical ambiguity → Keep as ambiguous" in [t.value for t in page.text]
    [entry] = study.reasons.work_list(actor("lena"))
    page.text_input(key=f"note-{entry.decision_id}").input("Two experts asked").run()
    button(page, "It is done").click().run()
    assert message(page) == ("done", "test/diagnosis/001, Claim c1: keep as ambiguous.")
    assert study.reasons.work_list(actor("lena")) == []
    page.selectbox(key="chosen-state").set_value("done").run()
    assert "Keep as ambiguous, Lena Vogel" in words(page)
    assert "Two experts asked" in words(page)
    page.toggle(key="reason-report").set_value(True).run()
    assert not page.exception
    assert list(page.dataframe[0].value["Decisions"]) == [1]
    button(page, "Open again").click().run()
    assert len(study.reasons.work_list(actor("lena"))) == 1


def test_a_new_round_takes_the_rule_that_is_chosen(study: Workbench, tmp_path: Path) -> None:
    """Standard with an audit of 5 % as the form stands; another choice is kept with the round."""
    bring_in(study, tmp_path)
    for name, rule, audit in (("one", None, None), ("two", "every-difference", 0)):
        page = open_page("study", "lena", part="Rounds")
        page.text_input(key="r-name").input(name)
        page.multiselect(key="r-persons").set_value(["amara", "benoit"])
        if rule is not None:
            page.selectbox(key="r-routing").set_value(rule)
            page.number_input(key="r-audit").set_value(audit)
        button(page, "Open the round").click().run()
        assert message(page)[0] == "done", message(page)
    assert study.assigning.get(actor("lena"), "one").routing == STANDARD
    assert study.assigning.get(actor("lena"), "two").routing == EVERY_DIFFERENCE
    said = words(open_page("study", "lena", part="Rounds"))
    assert "adjudicated by the standard rule, audit 5%" in said
    assert "every difference and matters of safety are adjudicated" in said
