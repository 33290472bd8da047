"""The tab without a browser: what the server confirms to it is what the study then holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from benchmarks.bench_study import READER, make_study, place_of
from benchmarks.load_driver import Answer, Tab
from benchmarks.review_screen import CHOICES, Reader
from benchmarks.served_app import ServedApp, served
from src.domain.evidence import ImageBox
from src.domain.review import ReviewBody, Verdict
from src.services.workbench import Workbench

ROUND = "bench"


@dataclass(frozen=True)
class Study:
    """A study being served, and the same study seen from behind."""

    bench: Workbench
    app: ServedApp

    def reader(self) -> Reader:
        return Reader(self.app.address, READER.person_id, ROUND)

    def draft(self, item_id: str) -> ReviewBody:
        return self.bench.reviewing.task(READER, ROUND, item_id).draft.body

    def next_item(self) -> str:
        task = self.bench.reviewing.next_item(READER, ROUND)
        assert task is not None
        return task.item.item_id


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    folder = tmp_path_factory.mktemp("driver")
    bench = make_study(folder, 4, characters=12_000)
    with served(*place_of(folder), folder) as app:
        yield Study(bench, app)
    bench.close()


def test_a_whole_reading_goes_through_the_protocol_and_is_stored(study: Study) -> None:
    item_id = study.next_item()

    async def read() -> list[str]:
        reader = study.reader()
        async with reader.tab:
            await reader.open()
            await reader.type("The second line is too broad.")
            await reader.draw_box()
            for claim in reader.claims:
                await reader.give_verdict(claim)
            for choice in CHOICES:
                await reader.choose(*choice)
            await reader.submit()
            return reader.tab.faults

    assert asyncio.run(read()) == []
    review = study.bench.reviewing.own_review(READER, ROUND, item_id)
    assert review is not None
    assert review.body.comment == "The second line is too broad."
    assert {claim.verdict for claim in review.body.claims} == {Verdict.SUPPORTED}
    links = [link for claim in review.body.claims for link in claim.evidence]
    assert [type(link) for link in links] == [ImageBox]
    assert study.next_item() != item_id


def test_a_new_tab_shows_what_another_stored(study: Study) -> None:
    item_id = study.next_item()

    async def write_and_come_back() -> str:
        first, second = study.reader(), study.reader()
        async with first.tab:
            await first.open()
            await first.type("Kept over a reload")
        async with second.tab:
            await second.open()
            return second.comment

    assert asyncio.run(write_and_come_back()) == "Kept over a reload"
    assert study.draft(item_id).comment == "Kept over a reload"


def test_large_messages_that_did_not_change_are_only_named_the_second_time(study: Study) -> None:
    async def draw_it_twice() -> tuple[Answer, Answer]:
        reader = study.reader()
        async with reader.tab:
            return await reader.open(), await reader.read_all_tracks()

    first, second = asyncio.run(draw_it_twice())

    assert not any(message.cached for message in first.heard)
    named = [message for message in second.heard if message.cached]
    assert "rarereview_case_text" in {message.kind for message in named}
    assert max(message.size for message in named) < 500


def test_a_person_without_the_role_sees_no_case(study: Study) -> None:
    async def look() -> list[str]:
        async with Tab(study.app.address, "review", "as=lena") as tab:
            await tab.open()
            return [element.key for element in tab.all("bidi_component")]

    assert asyncio.run(look()) == ["leaving"]
