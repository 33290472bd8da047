"""Puts the parts together: one workbench for a database and an image store."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property

from db import grading_chances, human_grades, schema, score_inputs
from db import settings as study_settings
from db.database import Database
from src.images.store import ImageStore, open_store
from src.services import recounting
from src.services.adjudicating import Adjudicating
from src.services.agreeing import Agreeing
from src.services.assigning import Assigning
from src.services.board_report import BoardReports
from src.services.breakdowns import Breakdowns
from src.services.browsing import Browsing
from src.services.calibrating import Calibrating
from src.services.catching_up import CatchingUp
from src.services.conditions import Conditions
from src.services.departing import Departing
from src.services.discussing import Discussing
from src.services.duplicates import Duplicates
from src.services.exporting import Exporting
from src.services.final_feedback import Finals
from src.services.flowing import Flowing
from src.services.grade_exchange import GradeExchange
from src.services.grading import Grading
from src.services.guidelines import Guidelines
from src.services.importing import Importing
from src.services.judge_card import JudgeCards
from src.services.judging import Judging
from src.services.leakage_report import LeakageReport
from src.services.masking import Masking
from src.services.matching import Matching
from src.services.ontology import Ontologies
from src.services.people import People
from src.services.planting import Planting
from src.services.predicting import Predicting
from src.services.preferences import Preferences
from src.services.readers_left_out import ReadersLeftOut
from src.services.reasons import Reasons
from src.services.releasing import Releasing
from src.services.repeating import Repeating
from src.services.reporting import Reporting
from src.services.reviewing import Reviewing
from src.services.scanning import Scanning
from src.services.score_sheets import ScoreSheets
from src.services.scoring import Scoring
from src.services.sitting import Sittings
from src.services.unscored import UnscoredAnswers
from src.services.what_if import WhatIfs

LINK_SECRET = "image_link_secret"  # noqa: S105  the name it is stored under


def utc_now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


class Workbench:
    """Everything people can do with one study."""

    def __init__(
        self, database: Database, store: ImageStore, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.database = database
        self.store = store
        self.clock = clock
        self.people = People(database, clock)
        self.importing = Importing(database, store, clock)
        self.assigning = Assigning(database, clock)
        self.departing = Departing(database, clock)
        self.reviewing = Reviewing(database, clock)
        self.adjudicating = Adjudicating(database, clock)
        self.discussing = Discussing(database, clock)
        self.agreeing = Agreeing(database)
        self.catching_up = CatchingUp(database)
        self.repeating = Repeating(database)
        self.planting = Planting(database, clock)
        self.flowing = Flowing(database)
        self.reporting = Reporting(database, clock, self.agreeing)
        self.reasons = Reasons(database, clock)
        self.releasing = Releasing(database, clock)
        self.exporting = Exporting(database, store, clock)
        self.browsing = Browsing(database, clock)
        self.predicting = Predicting(database, clock)
        self.sheets = ScoreSheets(database, human_grades.on_items, grading_chances.chances_on)
        self.judge_cards = JudgeCards(database, self.sheets)
        self.scoring = Scoring(database, self.sheets)
        self.readers_left_out = ReadersLeftOut(database, self.sheets)
        self.grading = Grading(database, clock)
        self.grade_exchange = GradeExchange(database, clock)
        self.judging = Judging(database, store, clock)
        self.matching = Matching(database, clock)
        self.breakdowns = Breakdowns(database, self.sheets)
        self.unscored = UnscoredAnswers(database, self.sheets, self.scoring)
        self.board_reports = BoardReports(
            database,
            clock,
            self.scoring,
            self.breakdowns,
            self.judge_cards,
            self.unscored,
            self.readers_left_out,
        )
        self.what_ifs = WhatIfs(
            database, self.sheets, clock, grade_price=score_inputs.price_of_a_grade
        )
        self.sittings = Sittings(database, clock)
        self.calibrating = Calibrating(database, clock)
        self.finals = Finals(database, clock)
        self.preferences = Preferences(database)
        self.guidelines = Guidelines(database, clock)
        self.ontologies = Ontologies(database, clock)
        self.leakage = LeakageReport(database, clock)
        self.duplicates = Duplicates(database, store)
        self.scanning = Scanning(database, store, clock)
        self.masking = Masking(database, store, clock, self.scanning)
        self.conditions = Conditions(database, store, clock)

    @cached_property
    def link_secret(self) -> bytes:
        """The secret that signs image links; made once and kept in the database."""
        with self.database.transaction() as t:
            stored = study_settings.get(t, LINK_SECRET)
            if stored is None:
                stored = secrets.token_hex(32)
                study_settings.put(t, LINK_SECRET, stored)
        return bytes.fromhex(stored)

    def close(self) -> None:
        """Give all connections back."""
        self.database.close()


def init(database_url: str, image_store: str) -> str:
    """Make the database and the image folder, or bring them up to date; return the schema."""
    database = Database(database_url, create=True)
    version = schema.upgrade(database)
    database.close()
    open_store(image_store)
    return version


def open_workbench(
    database_url: str, image_store: str, clock: Callable[[], datetime] = utc_now
) -> Workbench:
    """Open a study that exists; raise DatabaseError when its schema is not this program's.

    Counts that a process which died left undone are finished first.
    """
    database = Database(database_url)
    schema.check(database)
    recounting.finish(database)
    return Workbench(database, open_store(image_store), clock)
