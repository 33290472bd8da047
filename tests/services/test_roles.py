"""Who may do what: every role against every method of a service, generated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest

from src.domain.errors import ConflictError, NotAllowedError, ReviewToolError
from src.domain.exports import ExportChoices
from src.domain.flow import Place
from src.domain.human_grade import not_judged
from src.domain.item import Track
from src.domain.judging.card import JudgeCard
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.reasons import Reason, Remedy
from src.domain.review import ReviewBody, Verdict
from src.domain.round import SkipReason
from src.domain.study_agreement import Scope
from src.judges.scripted import ScriptedJudge
from src.services.adjudicating import Ruling
from src.services.assigning import RoundPlan
from src.services.grading import GradingPlan
from src.services.what_if import Edit
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, write_items

ITEM = "test/diagnosis/001"
RULING = Ruling(
    round="first",
    item_id=ITEM,
    unit="claim:c1",
    chosen="A",
    reason=Reason.READER_SLIP,
    rationale="x",
)
JUDGE = JudgeCard(name="judge-a", provider="scripted")
NEW = Person(person_id="new", display_name="New")
PLAN = RoundPlan(name="other", readers=1, persons=("dalia",))
READS, SETTLES, LEADS, SCORES, RUNS = (
    Role.REVIEWER,
    Role.ADJUDICATOR,
    Role.LEAD,
    Role.EVALUATOR,
    Role.ADMIN,
)
Act = Callable[[Workbench, Actor, Path], object]

EVERYBODY: set[Role | None] = {None, *Role}
METHODS: dict[str, tuple[Act, AbstractSet[Role | None]]] = {
    "scoring.state": (lambda b, a, p: b.scoring.state(a), {LEADS, SCORES}),
    "unscored.by_model": (lambda b, a, p: b.unscored.by_model(a), {LEADS, SCORES}),
    "scoring.leaderboard": (lambda b, a, p: b.scoring.leaderboard(a), {LEADS, SCORES}),
    "scoring.reply_judges": (lambda b, a, p: b.scoring.reply_judges(a), {LEADS, SCORES}),
    "scoring.side_by_side": (lambda b, a, p: b.scoring.side_by_side(a), {LEADS, SCORES}),
    "scoring.orders": (lambda b, a, p: b.scoring.orders(a), {LEADS, SCORES}),
    "scoring.comparisons": (
        lambda b, a, p: b.scoring.comparisons(a, Track.DIAGNOSIS),
        {LEADS, SCORES},
    ),
    "scoring.without_each_grader": (
        lambda b, a, p: b.scoring.without_each_grader(a),
        {LEADS, SCORES},
    ),
    "readers_left_out.report": (lambda b, a, p: b.readers_left_out.report(a), {LEADS, SCORES}),
    "readers_left_out.known": (lambda b, a, p: b.readers_left_out.known(a), {LEADS, SCORES}),
    "scoring.difference": (
        lambda b, a, p: b.scoring.difference(a, "model", Track.DIAGNOSIS),
        {LEADS, SCORES},
    ),
    "predicting.describe": (
        lambda b, a, p: b.predicting.describe(a, "model", medical=True),
        {LEADS, SCORES},
    ),
    "board_reports.one_out": (lambda b, a, p: b.board_reports.one_out(a), {LEADS, SCORES}),
    "board_reports.report": (lambda b, a, p: b.board_reports.report(a), {LEADS, SCORES}),
    "scoring.causes": (
        lambda b, a, p: b.scoring.causes(a, Track.DIAGNOSIS),
        {LEADS, SCORES},
    ),
    "breakdowns.groups": (
        lambda b, a, p: b.breakdowns.groups(a, Track.DIAGNOSIS, "images"),
        {LEADS, SCORES},
    ),
    "breakdowns.flips": (lambda b, a, p: b.breakdowns.flips(a, Track.DIAGNOSIS), {LEADS, SCORES}),
    "breakdowns.shared_families": (
        lambda b, a, p: b.breakdowns.shared_families(a),
        {LEADS, SCORES},
    ),
    "what_ifs.find": (lambda b, a, p: b.what_ifs.find(a, "001"), {LEADS, SCORES}),
    "what_ifs.item": (lambda b, a, p: b.what_ifs.item(a, ITEM), {LEADS, SCORES}),
    "what_ifs.on_item": (lambda b, a, p: b.what_ifs.on_item(a, ITEM, Edit()), {LEADS, SCORES}),
    "what_ifs.of_own_reading": (
        lambda b, a, p: b.what_ifs.of_own_reading(a, "first", ITEM, ReviewBody()),
        set(),
    ),
    "what_ifs.look_at_own": (lambda b, a, p: b.what_ifs.look_at_own(a, "first", ITEM), set()),
    "what_ifs.look_at_rulings": (
        lambda b, a, p: b.what_ifs.look_at_rulings(a, "first", ITEM),
        set(),
    ),
    "what_ifs.of_rulings": (lambda b, a, p: b.what_ifs.of_rulings(a, "first", ITEM), set()),
    "importing.store_file": (
        lambda b, a, p: b.importing.store_file(a, p / "in" / "items.jsonl"),
        {LEADS},
    ),
    "assigning.create": (lambda b, a, p: b.assigning.create(a, PLAN), {LEADS}),
    "assigning.close": (lambda b, a, p: b.assigning.close(a, "first"), {LEADS}),
    "assigning.reopen": (lambda b, a, p: b.assigning.reopen(a, "first"), {LEADS}),
    "assigning.add_person": (lambda b, a, p: b.assigning.add_person(a, "first", "dalia"), {LEADS}),
    "assigning.put_back": (lambda b, a, p: b.assigning.put_back(a, "first", ITEM), {LEADS}),
    "assigning.take_out": (lambda b, a, p: b.assigning.take_out(a, "first", ITEM), {LEADS}),
    "assigning.stop": (lambda b, a, p: b.assigning.stop(a, "first"), {LEADS}),
    "assigning.outdated": (lambda b, a, p: b.assigning.outdated(a, "first"), {LEADS, RUNS}),
    "assigning.stopped": (lambda b, a, p: b.assigning.stopped(a, "first"), {LEADS, RUNS}),
    "assigning.skipped": (lambda b, a, p: b.assigning.skipped(a, "first"), {LEADS, RUNS}),
    "assigning.stuck": (lambda b, a, p: b.assigning.stuck(a, "first"), {LEADS, RUNS}),
    "assigning.taken_out": (lambda b, a, p: b.assigning.taken_out(a, "first"), {LEADS, RUNS}),
    "assigning.closing": (lambda b, a, p: b.assigning.closing(a, "first"), {LEADS}),
    "flowing.counts": (lambda b, a, p: b.flowing.counts(a), {LEADS, RUNS}),
    "flowing.items": (lambda b, a, p: b.flowing.items(a, Place.GOLD), {LEADS, RUNS}),
    "reporting.grras": (lambda b, a, p: b.reporting.grras(a), {LEADS}),
    "assigning.propose_plants": (
        lambda b, a, p: b.assigning.propose_plants(a, PLAN, 0.1),
        {LEADS},
    ),
    "assigning.known_to_readers": (
        lambda b, a, p: b.assigning.known_to_readers(a, ("amara",)),
        {LEADS},
    ),
    "planting.report": (lambda b, a, p: b.planting.report(a, "first"), {LEADS, RUNS}),
    "planting.debrief": (lambda b, a, p: b.planting.debrief(a, "first"), {READS}),
    "planting.to_be_told": (lambda b, a, p: b.planting.to_be_told(a), {READS}),
    "repeating.report": (lambda b, a, p: b.repeating.report(a, "first"), {LEADS, RUNS}),
    "assigning.own_tracks": (lambda b, a, p: b.assigning.own_tracks(a, "first"), {READS}),
    "departing.end_part": (
        lambda b, a, p: b.departing.end_part(a, "first", "amara", keep=True, reason="Moved."),
        {LEADS},
    ),
    "departing.take_back": (
        lambda b, a, p: b.departing.take_back(a, "first", "amara", reason="Back."),
        {LEADS},
    ),
    "departing.of_round": (lambda b, a, p: b.departing.of_round(a, "first"), {LEADS, RUNS}),
    "finals.among": (lambda b, a, p: b.finals.among(a, [("first", ITEM)]), {READS}),
    "finals.beside_gold": (lambda b, a, p: b.finals.beside_gold(a, "first", ITEM), {READS}),
    "finals.drift": (lambda b, a, p: b.finals.drift(a), {READS}),
    "sittings.act": (lambda b, a, p: b.sittings.act(a, "first", 1.0), {READS}),
    "sittings.pause": (lambda b, a, p: b.sittings.pause(a, "first"), {READS}),
    "sittings.current": (lambda b, a, p: b.sittings.current(a, "first"), {READS}),
    "sittings.of": (lambda b, a, p: b.sittings.of(a, "first"), {READS}),
    "sittings.pace": (lambda b, a, p: b.sittings.pace(a, "first"), {READS}),
    "sittings.hours": (lambda b, a, p: b.sittings.hours(a, "first"), {LEADS, RUNS}),
    "calibrating.feedback": (lambda b, a, p: b.calibrating.feedback(a, "first", ITEM), {READS}),
    "calibrating.result": (lambda b, a, p: b.calibrating.result(a, "first"), {READS}),
    "calibrating.results": (lambda b, a, p: b.calibrating.results(a, "practice"), {LEADS, RUNS}),
    "reviewing.own_reviews": (lambda b, a, p: b.reviewing.own_reviews(a), {READS}),
    "reviewing.has_seen_more": (lambda b, a, p: b.reviewing.has_seen_more(a, ITEM), {READS}),
    "assigning.progress": (lambda b, a, p: b.assigning.progress(a, "first"), {LEADS, RUNS}),
    "reviewing.next_item": (lambda b, a, p: b.reviewing.next_item(a, "first"), {READS}),
    "reviewing.task": (lambda b, a, p: b.reviewing.task(a, "first", ITEM), {READS}),
    "reviewing.save_draft": (
        lambda b, a, p: b.reviewing.save_draft(a, "first", ITEM, ReviewBody(), 0),
        {READS},
    ),
    "reviewing.hits": (lambda b, a, p: b.reviewing.hits(a, "first", ITEM), {READS}),
    "reviewing.keep_begun": (
        lambda b, a, p: b.reviewing.keep_begun(a, "first", ITEM, viewed=()),
        {READS},
    ),
    "reviewing.submit": (
        lambda b, a, p: b.reviewing.submit(
            a, "first", ITEM, ReviewBody(), item_version=1, idempotency_key="x"
        ),
        {READS},
    ),
    "reviewing.undo": (lambda b, a, p: b.reviewing.undo(a, "first", ITEM, 0), {READS}),
    "reviewing.redo": (lambda b, a, p: b.reviewing.redo(a, "first", ITEM, 0), {READS}),
    "reviewing.commit_first_reading": (
        lambda b, a, p: b.reviewing.commit_first_reading(a, "first", ITEM, "Bone."),
        {READS},
    ),
    "reviewing.skip": (
        lambda b, a, p: b.reviewing.skip(a, "first", ITEM, SkipReason.NOT_MY_FIELD),
        {READS},
    ),
    "adjudicating.worst_first": (lambda b, a, p: b.adjudicating.worst_first(a), {SETTLES, LEADS}),
    "adjudicating.totals": (lambda b, a, p: b.adjudicating.totals(a), {SETTLES, LEADS}),
    "adjudicating.case": (lambda b, a, p: b.adjudicating.case(a, "first", ITEM), {SETTLES, LEADS}),
    "adjudicating.disputes": (lambda b, a, p: list(b.adjudicating.disputes(a)), {SETTLES, LEADS}),
    "adjudicating.decide": (lambda b, a, p: b.adjudicating.decide(a, RULING), {SETTLES}),
    "adjudicating.drafts": (
        lambda b, a, p: b.adjudicating.drafts(a, "first", ITEM),
        {SETTLES, LEADS},
    ),
    "adjudicating.keep_draft": (
        lambda b, a, p: b.adjudicating.keep_draft(a, "first", ITEM, "claim:c1", lambda d: d),
        {SETTLES},
    ),
    "adjudicating.hand_on": (
        lambda b, a, p: b.adjudicating.hand_on(a, "first", ITEM, "claim:c1", "emil", "x"),
        {SETTLES},
    ),
    "adjudicating.unseen": (
        lambda b, a, p: b.adjudicating.unseen(a, "first", ITEM),
        {SETTLES, LEADS},
    ),
    "adjudicating.commit_own_reading": (
        lambda b, a, p: b.adjudicating.commit_own_reading(a, "first", ITEM, "A line", {}),
        {SETTLES},
    ),
    "discussing.ask": (
        lambda b, a, p: b.discussing.ask(a, "first", ITEM, "claim:c1", "Why?"),
        {SETTLES},
    ),
    "discussing.questions": (lambda b, a, p: b.discussing.questions(a), {READS}),
    "discussing.thread": (lambda b, a, p: b.discussing.thread(a, "first", ITEM), {READS}),
    "discussing.keep_answer": (
        lambda b, a, p: b.discussing.keep_answer(a, "first", ITEM, "claim:c1", "x"),
        {READS},
    ),
    "discussing.answer": (
        lambda b, a, p: b.discussing.answer(a, "first", ITEM, "claim:c1", "x"),
        {READS},
    ),
    "catching_up.behind": (
        lambda b, a, p: b.catching_up.behind(a),
        {LEADS, SETTLES, SCORES, RUNS},
    ),
    "catching_up.bring_up": (
        lambda b, a, p: b.catching_up.bring_up(a),
        {LEADS, SETTLES, SCORES, RUNS},
    ),
    "judging.plan": (lambda b, a, p: b.judging.plan(a, JUDGE), {LEADS, SCORES}),
    "judging.run": (
        lambda b, a, p: asyncio.run(b.judging.run(a, JUDGE, ScriptedJudge(lambda asked: ""))),
        {LEADS, SCORES},
    ),
    "judging.runs": (lambda b, a, p: b.judging.runs(a), {LEADS, SCORES}),
    "judging.get": (lambda b, a, p: b.judging.get(a, "r"), {LEADS, SCORES}),
    "judging.stop": (lambda b, a, p: b.judging.stop(a, "r"), {LEADS, SCORES}),
    "judging.ledger": (lambda b, a, p: b.judging.ledger(a, "r"), {LEADS, SCORES}),
    "judging.failures": (lambda b, a, p: b.judging.failures(a, "r"), {LEADS, SCORES}),
    "judging.panel": (lambda b, a, p: b.judging.panel(a), {LEADS, SCORES}),
    "judging.choose_panel": (lambda b, a, p: b.judging.choose_panel(a, ()), {LEADS, SCORES}),
    "judging.judges": (lambda b, a, p: b.judging.judges(a), {LEADS, SCORES}),
    "agreeing.by_field": (lambda b, a, p: b.agreeing.by_field(a), {LEADS, SETTLES, SCORES}),
    "agreeing.report": (lambda b, a, p: b.agreeing.report(a), {LEADS, SETTLES, SCORES}),
    "agreeing.state": (lambda b, a, p: b.agreeing.state(a), {LEADS, SETTLES, SCORES}),
    "agreeing.compare": (lambda b, a, p: b.agreeing.compare(a, Scope()), {LEADS, SETTLES, SCORES}),
    "agreeing.compare pairs": (lambda b, a, p: b.agreeing.compare(a, Scope(), "pair"), {LEADS}),
    "agreeing.has_intervals": (
        lambda b, a, p: b.agreeing.has_intervals(a, Scope()),
        {LEADS, SETTLES, SCORES},
    ),
    "agreeing.intervals": (
        lambda b, a, p: b.agreeing.intervals(a, Scope()),
        {LEADS, SETTLES, SCORES},
    ),
    "agreeing.settled": (lambda b, a, p: b.agreeing.settled(a, Scope()), {LEADS, SETTLES, SCORES}),
    "agreeing.confusion": (
        lambda b, a, p: b.agreeing.confusion(a, Scope()),
        {LEADS, SETTLES, SCORES},
    ),
    "agreeing.confusion of two": (
        lambda b, a, p: b.agreeing.confusion(a, Scope(pair=("amara", "benoit"))),
        {LEADS},
    ),
    "agreeing.measures": (
        lambda b, a, p: b.agreeing.measures(a, Scope()),
        {LEADS, SETTLES, SCORES},
    ),
    "agreeing.units": (
        lambda b, a, p: b.agreeing.units(a, Scope(), "claim verdict"),
        {LEADS, SETTLES, SCORES},
    ),
    "agreeing.abstaining": (lambda b, a, p: b.agreeing.abstaining(a, Scope()), {LEADS}),
    "agreeing.pairs": (lambda b, a, p: b.agreeing.pairs(a, Scope()), {LEADS}),
    "agreeing.names": (lambda b, a, p: b.agreeing.names(a), {LEADS}),
    "agreeing.error_rates": (lambda b, a, p: b.agreeing.error_rates(a, Scope()), {LEADS}),
    "reasons.work_list": (lambda b, a, p: b.reasons.work_list(a), {LEADS, RUNS}),
    "reasons.counts": (lambda b, a, p: b.reasons.counts(a), {LEADS, RUNS}),
    "reasons.report": (lambda b, a, p: b.reasons.report(a), {LEADS, RUNS}),
    "reasons.answer": (
        lambda b, a, p: b.reasons.answer(a, "d", Remedy.ITEM_EDIT),
        {LEADS},
    ),
    "reasons.reopen": (lambda b, a, p: b.reasons.reopen(a, "d"), {LEADS}),
    "releasing.preview": (lambda b, a, p: b.releasing.preview(a), {LEADS, SETTLES}),
    "releasing.release": (lambda b, a, p: b.releasing.release(a), {LEADS}),
    "releasing.all_of": (lambda b, a, p: b.releasing.all_of(a), {LEADS, RUNS, SETTLES, SCORES}),
    "releasing.get": (lambda b, a, p: b.releasing.get(a, 1), {LEADS, RUNS, SETTLES, SCORES}),
    "releasing.page": (lambda b, a, p: b.releasing.page(a, 1), {LEADS, SETTLES, SCORES}),
    "releasing.withheld": (lambda b, a, p: b.releasing.withheld(a), {LEADS, SETTLES, SCORES}),
    "releasing.difference": (
        lambda b, a, p: b.releasing.difference(a, 1, 1),
        {LEADS, SETTLES, SCORES},
    ),
    "releasing.stale": (lambda b, a, p: b.releasing.stale(a, 1), {LEADS, SETTLES, SCORES}),
    "exporting.export": (lambda b, a, p: b.exporting.export(a, 1, p / "out"), {LEADS, SCORES}),
    "exporting.export with the lead's word": (
        lambda b, a, p: b.exporting.export(a, 1, p / "out", choices=ExportChoices(all_images=True)),
        {LEADS},
    ),
    "browsing.items": (lambda b, a, p: b.browsing.items(a), {LEADS, RUNS, SCORES, SETTLES}),
    "browsing.item": (lambda b, a, p: b.browsing.item(a, ITEM), {LEADS, RUNS, SCORES, SETTLES}),
    "browsing.story": (lambda b, a, p: b.browsing.story(a, ITEM), {LEADS, RUNS, SCORES, SETTLES}),
    "browsing.counts": (lambda b, a, p: b.browsing.counts(a), set(Role)),
    "browsing.head": (lambda b, a, p: b.browsing.head(a), set(Role)),
    "browsing.log": (lambda b, a, p: b.browsing.log(a), {LEADS, RUNS}),
    "browsing.verify": (lambda b, a, p: b.browsing.verify(a), {LEADS, RUNS}),
    "people.add": (lambda b, a, p: b.people.add(a, NEW), {LEADS, RUNS}),
    "people.set_roles": (lambda b, a, p: b.people.set_roles(a, "dalia", [READS]), {LEADS, RUNS}),
    "people.set_active": (lambda b, a, p: b.people.set_active(a, "emil", True), {LEADS, RUNS}),
    "matching.queue": (lambda b, a, p: b.matching.queue(a), {SCORES, LEADS, SETTLES}),
    "matching.rulings": (lambda b, a, p: b.matching.rulings(a), {SCORES, LEADS, SETTLES}),
    "matching.accept": (
        lambda b, a, p: b.matching.accept(a, ITEM, "Erdheim disease"),
        {SCORES, LEADS, SETTLES},
    ),
    "matching.reject": (
        lambda b, a, p: b.matching.reject(a, ITEM, "Erdheim disease"),
        {SCORES, LEADS, SETTLES},
    ),
    "matching.reopen": (
        lambda b, a, p: b.matching.reopen(a, ITEM, "Chester disease"),
        {SCORES, LEADS, SETTLES},
    ),
    "ontologies.store_file": (
        lambda b, a, p: b.ontologies.store_file(a, p / "in" / "orphanet.tsv"),
        {LEADS, RUNS},
    ),
    "ontologies.in_force": (lambda b, a, p: b.ontologies.in_force(a), set(Role)),
    "ontologies.search": (lambda b, a, p: b.ontologies.search(a, "Erdheim"), set(Role)),
    "ontologies.entity": (lambda b, a, p: b.ontologies.entity(a, "35687"), set(Role)),
    "ontologies.aliases": (lambda b, a, p: b.ontologies.aliases(a), {LEADS, RUNS}),
    "ontologies.add_alias": (
        lambda b, a, p: b.ontologies.add_alias(a, "35687", "ECD"),
        {READS, SETTLES, LEADS},
    ),
    "ontologies.withdraw_alias": (
        lambda b, a, p: b.ontologies.withdraw_alias(a, "35687", "ECD"),
        {READS, SETTLES, LEADS},
    ),
    "scanning.scan": (lambda b, a, p: b.scanning.scan(a), {LEADS, RUNS}),
    "scanning.scan_new": (lambda b, a, p: b.scanning.scan_new(a), {LEADS, RUNS}),
    "scanning.hits": (lambda b, a, p: b.scanning.hits(a, ITEM), {LEADS, RUNS, SETTLES}),
    "scanning.all_hits": (
        lambda b, a, p: list(b.scanning.all_hits(a)),
        {LEADS, RUNS, SETTLES},
    ),
    "guidelines.publish": (lambda b, a, p: b.guidelines.publish(a, "Look."), {LEADS}),
    "guidelines.all_of": (lambda b, a, p: b.guidelines.all_of(a), set(Role)),
    "guidelines.get": (lambda b, a, p: b.guidelines.get(a, 1), set(Role)),
    "guidelines.newest": (lambda b, a, p: b.guidelines.newest(a), set(Role)),
    "guidelines.to_acknowledge": (lambda b, a, p: b.guidelines.to_acknowledge(a), {READS}),
    "guidelines.acknowledge": (lambda b, a, p: b.guidelines.acknowledge(a, 1), {READS}),
    "guidelines.uses": (lambda b, a, p: b.guidelines.uses(a), {LEADS, RUNS}),
    "guidelines.readings_under": (
        lambda b, a, p: b.guidelines.readings_under(a, 0),
        {LEADS, RUNS},
    ),
    "guidelines.draft": (lambda b, a, p: b.guidelines.draft(a), {LEADS}),
    "guidelines.keep_draft": (lambda b, a, p: b.guidelines.keep_draft(a, "Look."), {LEADS}),
    "grading.create": (
        lambda b, a, p: b.grading.create(a, GradingPlan(name="g", graders=1, persons=("amara",))),
        {LEADS},
    ),
    "grading.forecast": (
        lambda b, a, p: b.grading.forecast(a, GradingPlan(name="f", graders=1, persons=("amara",))),
        {LEADS},
    ),
    "grading.not_blind": (lambda b, a, p: b.grading.not_blind(a, "g"), {LEADS}),
    "grading.close": (lambda b, a, p: b.grading.close(a, "g"), {LEADS}),
    "grading.reopen": (lambda b, a, p: b.grading.reopen(a, "g"), {LEADS}),
    "grading.all_of": (lambda b, a, p: b.grading.all_of(a), {LEADS, RUNS, SCORES}),
    "grading.own_sets": (lambda b, a, p: b.grading.own_sets(a), {READS}),
    "grading.own_progress": (lambda b, a, p: b.grading.own_progress(a, "g"), {READS}),
    "grading.next_answer": (lambda b, a, p: b.grading.next_answer(a, "g"), {READS}),
    "grading.task": (lambda b, a, p: b.grading.task(a, "g", 1), {READS}),
    "grading.give_back": (lambda b, a, p: b.grading.give_back(a, "g", 1), {READS}),
    "grading.keep_draft": (
        lambda b, a, p: b.grading.keep_draft(a, "g", 1, not_judged, "k1"),
        {READS},
    ),
    "grading.submit": (
        lambda b, a, p: b.grading.submit(a, "g", 1, idempotency_key="x"),
        {READS},
    ),
    "grade_exchange.store_file": (
        lambda b, a, p: b.grade_exchange.store_file(a, p / "none.jsonl"),
        {LEADS},
    ),
    "grade_exchange.export": (
        lambda b, a, p: b.grade_exchange.export(a, p / "grades.jsonl"),
        {LEADS, SCORES},
    ),
    "judge_cards.cards": (lambda b, a, p: b.judge_cards.cards(a), {LEADS, SCORES}),
    "preferences.keys": (lambda b, a, p: b.preferences.keys(a), EVERYBODY),
    "preferences.set_keys": (
        lambda b, a, p: b.preferences.set_keys(a, {"box": "g"}),
        EVERYBODY,
    ),
    "preferences.was_welcomed": (lambda b, a, p: b.preferences.was_welcomed(a), EVERYBODY),
    "preferences.close_welcome": (lambda b, a, p: b.preferences.close_welcome(a), EVERYBODY),
    "preferences.reset_keys": (lambda b, a, p: b.preferences.reset_keys(a), EVERYBODY),
}
CELLS = [(name, role) for name in METHODS for role in (None, *Role)]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Give a study in which two readers differ on an item of a round."""
    from src.services.workbench import init, open_workbench
    from tests.builders import Clock, add_people

    folder = tmp_path_factory.mktemp("roles")
    url = f"sqlite:///{folder / 'review.db'}"
    init(url, str(folder / "images"))
    bench = open_workbench(url, str(folder / "images"), Clock())
    add_people(bench)
    bench.importing.store_file(OPERATOR, write_items(folder / "in", [item_line("001", images=[])]))
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    bench.close()
    return url, folder


def test_the_matrix_has_enough_cells() -> None:
    """At least 100 pairs of role and method."""
    assert len(CELLS) >= 100


def test_a_role_that_may_not_is_refused_and_one_that_may_is_not(study: tuple[str, Path]) -> None:
    """Each of the roles alone, and none, against every method; a refusal changes no row."""
    from src.services.workbench import open_workbench

    url, folder = study
    bench = open_workbench(url, str(folder / "images"))
    wrong = []
    for name, role in CELLS:
        act, allowed = METHODS[name]
        if role in allowed:
            continue
        head = bench.browsing.head(OPERATOR)
        who = Actor(person_id="emil", roles=frozenset({role} if role else ()))
        try:
            act(bench, who, folder)
            wrong.append((name, role, "was let in"))
        except NotAllowedError:
            if bench.browsing.head(OPERATOR) != head:
                wrong.append((name, role, "left something behind"))
        except ReviewToolError as error:
            wrong.append((name, role, repr(error)))
    assert wrong == []
    bench.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "name", [n for n in METHODS if n.split(".")[0] not in {"reviewing", "people", "preferences"}]
)
def test_a_role_that_may_is_let_in(bench: Workbench, tmp_path: Path, name: str) -> None:
    """No refusal for want of a role; what else may be in the way is another matter.

    On one database: roles do not depend on it.
    """
    bench.importing.store_file(
        OPERATOR, write_items(tmp_path / "in", [item_line("001", images=[])])
    )
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    people = {READS: "dalia", SETTLES: "chen", LEADS: "lena", SCORES: "emil", RUNS: "operator"}
    act, allowed = METHODS[name]
    for role in sorted(allowed):
        try:
            act(bench, Actor(person_id=people[role], roles=frozenset({role})), tmp_path)
        except NotAllowedError as refusal:
            pytest.fail(f"{name} refuses {role}: {refusal}")
        except ReviewToolError:
            continue


def test_only_an_admin_makes_changes_or_unmakes_an_admin(bench: Workbench) -> None:
    """A lead neither becomes one nor takes the role from one."""
    lena = actor("lena")
    boss = Person(person_id="boss", display_name="Boss", roles=frozenset({Role.ADMIN}))
    bench.people.add(OPERATOR, boss)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: bench.people.add(lena, boss.model_copy(update={"person_id": "other"})),
        lambda: bench.people.set_roles(lena, "lena", [Role.LEAD, Role.ADMIN]),
        lambda: bench.people.set_roles(lena, "boss", [Role.REVIEWER]),
        lambda: bench.people.set_active(lena, "boss", False),
        lambda: bench.people.add(lena, boss.model_copy(update={"roles": frozenset()})),
    )
    for attempt in attempts:
        with pytest.raises(NotAllowedError):
            attempt()
    assert bench.people.actor("boss").roles == {Role.ADMIN}


def test_a_sign_in_belongs_to_one_person(bench: Workbench) -> None:
    """Issuer and subject together; an issuer alone is no sign-in."""
    first = Person(person_id="first", display_name="First", issuer="https://id", subject="42")
    bench.people.add(OPERATOR, first)
    bench.people.add(OPERATOR, first.model_copy(update={"display_name": "Renamed"}))
    with pytest.raises(ConflictError, match="'first' already"):
        bench.people.add(OPERATOR, first.model_copy(update={"person_id": "second"}))
    bench.people.add(
        OPERATOR, first.model_copy(update={"person_id": "second", "issuer": "https://other"})
    )


def test_a_reader_sees_their_own_rounds_and_nobody_else_in_them(
    bench: Workbench, tmp_path: Path
) -> None:
    """Dalia, who is in none, sees none; a lead sees all readers."""
    bench.importing.store_file(
        OPERATOR, write_items(tmp_path / "in", [item_line("001", images=[])])
    )
    open_round(bench)
    assert [r.persons for r in bench.assigning.all_of(actor("amara"))] == [("amara",)]
    assert bench.assigning.all_of(actor("dalia")) == []
    for look in (bench.assigning.get, bench.assigning.own_progress):
        with pytest.raises(ReviewToolError, match="no round"):
            look(actor("dalia"), "first")
    assert bench.assigning.get(actor("lena"), "first").persons == ("amara", "benoit")


def test_an_adjudicator_learns_neither_the_readers_of_a_round_nor_its_seed(
    bench: Workbench, tmp_path: Path
) -> None:
    """With both, the letters on the screen could be turned back into people."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench)

    seen = [bench.assigning.get(actor("chen"), "first"), *bench.assigning.all_of(actor("chen"))]

    assert {(round_.persons, round_.seed) for round_ in seen} == {((), 0)}
    assert bench.assigning.get(actor("lena"), "first").seed == 7
