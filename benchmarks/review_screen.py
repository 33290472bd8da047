"""What stands where on the review page, and what a reader does there, for a tab without a browser.

All that must follow when the page changes is in this file: the components' names, and the shape
of what they are given and send. Each method does what the component of that name does in a
browser, and fails when the server does not confirm it.
"""

from __future__ import annotations

import json
import time
from typing import Any

from benchmarks.load_driver import Answer, DriverError, Element, Tab

BAR, FIELD, VIEWER = "rarereview_bar", "rarereview_text_field", "rarereview_viewer"
CLAIMS, CHECKS, DECISION = "rarereview_claims", "rarereview_checks", "rarereview_decision"
COMMENT = "Comment"
SUPPORTED = "supported"
CHOICES = (
    (CHECKS, "answer_correct", "yes"),
    (DECISION, "recommendation", "accept"),
    (DECISION, "confidence", "high"),
)
BOX = {"x": 40, "y": 40, "width": 120, "height": 90, "label": ""}


class Reader:
    """One reader at the review page of a round."""

    def __init__(self, address: str, person: str, round_name: str) -> None:
        self.person = person
        self.tab = Tab(address, "review", f"as={person}&round={round_name}")
        self._numbers = 0

    async def open(self) -> Answer:
        """Open the page and come before the next item."""
        answer = await self.tab.open()
        self._expect_page()
        return answer

    @property
    def item_at(self) -> str:
        """The address of the page, which names the item."""
        return self.tab.query

    @property
    def images(self) -> list[dict[str, Any]]:
        """The images of the item, as the viewer was given them."""
        return list(_given(self._component(VIEWER))["images"])

    @property
    def claims(self) -> list[str]:
        """The names of the item's claims."""
        return [card["target"] for card in _given(self._component(CLAIMS))["cards"]]

    @property
    def comment(self) -> str:
        """The comment as the page shows it."""
        return str(_given(self._component(FIELD, COMMENT))["value"])

    async def type(self, text: str) -> Answer:
        """Type a comment."""
        component = self._component(FIELD, COMMENT)
        typed = {"text": text, "rev": _given(component)["rev"], "n": self._number()}
        answer = await self.tab.set_state(component, json.dumps({"typed": typed}))
        self._expect_seen(component, typed["n"])
        return answer

    async def draw_box(self) -> Answer:
        """Draw one more box on the first image, for the claim that lies open."""
        component = self._component(VIEWER)
        given = _given(component)
        boxes = [{k: v for k, v in box.items() if k != "colour"} for box in given["boxes"]]
        reading = {
            "rev": given["rev"],
            "boxes": [*boxes, self._new_box(given, len(boxes))],
            "chosen": {},
            "viewed": [image["sha256"] for image in given["images"]],
            "n": self._number(),
        }
        answer = await self.tab.set_state(component, json.dumps({"reading": reading}))
        self._expect_seen(component, reading["n"])
        return answer

    def _new_box(self, given: dict[str, Any], number: int) -> dict[str, Any]:
        box = BOX | {"x": 40 + number % 200, "box_id": f"drawn-{number}-{self._numbers}"}
        image = given["images"][0]["sha256"]
        return box | {"sha256": image, "claim_id": given["active"], "benchmark": False}

    async def give_verdict(self, claim: str, verdict: str | None = SUPPORTED) -> Answer:
        """Say of a claim how the evidence bears it; None takes the verdict back."""
        return await self._do(CLAIMS, "verdict", claim, verdict)

    async def choose(self, component: str, question: str, answer: str) -> Answer:
        """Answer one of the questions that are asked of every item."""
        return await self._do(component, "choose", question, answer)

    async def read_all_tracks(self) -> Answer:
        """Choose all tracks, as is the case anyway: the whole page is drawn, and nothing new."""
        return await self._do(BAR, "track", "", "")

    async def submit(self) -> Answer:
        """Submit, and come before the next item."""
        before, component = self.item_at, self._component(DECISION)
        missing = [place["words"] for place in _given(component)["missing"]]
        if missing:
            raise DriverError(f"Nothing can be submitted yet: {missing}")
        number = self._number()
        act = {"n": number, "kind": "submit", "target": "", "value": None}
        acts = {"rev": _given(component)["rev"], "n": number, "acts": [act]}
        answer = await self.tab.set_state(component, json.dumps({"acts": acts}))
        self._expect_page()
        if self.item_at == before:
            raise DriverError(f"After Submit the page still shows {before!r}.")
        return answer

    async def _do(self, name: str, kind: str, target: str, value: str | None) -> Answer:
        """Send one act of a component, as `acts.js` does."""
        component, number = self._component(name), self._number()
        act = {"n": number, "kind": kind, "target": target, "value": value}
        acts = {"rev": _given(component)["rev"], "n": number, "acts": [act]}
        answer = await self.tab.set_state(component, json.dumps({"acts": acts}))
        self._expect_seen(component, number)
        return answer

    def _component(self, name: str, label: str | None = None) -> Element:
        def fits(element: Element) -> bool:
            if not element.proto.component_name.endswith(name):
                return False
            return label is None or _given(element)["label"] == label

        found = self.tab.all("bidi_component", fits)
        if not found:
            raise DriverError(f"Nothing on the page is {label or name!r}. {self._shown()}")
        return found[0]

    def _number(self) -> int:
        """Count what components send as they do: by the clock, and never twice the same."""
        self._numbers = max(self._numbers + 1, int(time.time() * 1000))
        return self._numbers

    def _expect_seen(self, component: Element, number: int) -> None:
        same = self.tab.all("bidi_component", lambda e: e.proto.id == component.proto.id)
        if not same or _given(same[0])["seen"] < number:
            raise DriverError(f"{component.key!r} was not told that it is stored. {self._shown()}")

    def _expect_page(self) -> None:
        self._component(DECISION)

    def _shown(self) -> str:
        """Say what is on the page instead of what was expected."""
        alerts = [str(alert.proto.body) for alert in self.tab.all("alert")]
        texts = [str(text.proto.body)[:50] for text in self.tab.all("text")][:5]
        return f"The page says {alerts + texts}; faults: {self.tab.faults}"


def _given(component: Element) -> dict[str, Any]:
    """Return the data a component was given."""
    packed = json.loads(component.proto.json or component.proto.mixed.json)
    given = json.loads(packed["json"])
    assert isinstance(given, dict)
    return given
