"""Licences: what is known is read in any spelling, what is not is never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.licence import Terms, licence_of, why_left_out


@pytest.mark.parametrize(
    ("text", "terms", "spdx"),
    [
        ("CC BY 4.0", Terms.FREE, "CC-BY-4.0"),
        ("cc-by-4.0", Terms.FREE, "CC-BY-4.0"),
        ("CC BY", Terms.FREE, ""),
        ("CC BY-SA 3.0", Terms.FREE, "CC-BY-SA-3.0"),
        ("Creative Commons Attribution 4.0 International License", Terms.FREE, "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/", Terms.FREE, "CC-BY-4.0"),
        ("CC BY 4.0 (http://creativecommons.org/licenses/by/4.0/)", Terms.FREE, "CC-BY-4.0"),
        ("CC0", Terms.FREE, "CC0-1.0"),
        ("CC0-1.0", Terms.FREE, "CC0-1.0"),
        ("CC0 1.0 Universal", Terms.FREE, "CC0-1.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", Terms.FREE, "CC0-1.0"),
        ("Public domain", Terms.FREE, "PDM-1.0"),
        ("CC BY-NC", Terms.NON_COMMERCIAL, ""),
        ("CC BY-NC-SA 4.0", Terms.NON_COMMERCIAL, "CC-BY-NC-SA-4.0"),
        ("Attribution-NonCommercial 4.0", Terms.NON_COMMERCIAL, "CC-BY-NC-4.0"),
        ("CC BY-ND 4.0", Terms.UNCHANGED, "CC-BY-ND-4.0"),
        ("CC BY-NC-ND 4.0", Terms.UNCHANGED_NON_COMMERCIAL, "CC-BY-NC-ND-4.0"),
        (
            "Creative Commons Attribution-Non Commercial-No Derivatives 4.0",
            Terms.UNCHANGED_NON_COMMERCIAL,
            "CC-BY-NC-ND-4.0",
        ),
        ("TDM", Terms.FORBIDDEN, ""),
        ("All rights reserved", Terms.FORBIDDEN, ""),
        ("CC BY 4.0; figures: all rights reserved", Terms.FORBIDDEN, ""),
        (None, Terms.UNKNOWN, ""),
        ("  ", Terms.UNKNOWN, ""),
        ("NO-CC CODE", Terms.UNKNOWN, ""),
        ("not CC BY", Terms.UNKNOWN, ""),
        ("CC BY or CC BY-ND 4.0", Terms.UNKNOWN, ""),
        ("CC BY-SA-ND 4.0", Terms.UNKNOWN, ""),
        ("CC BY-NC https://creativecommons.org/licenses/by/4.0/", Terms.UNKNOWN, ""),
        ("by permission of the patient", Terms.UNKNOWN, ""),
        ("Elsevier user licence", Terms.UNKNOWN, ""),
        ("Creative Commons", Terms.UNKNOWN, ""),
    ],
)
def test_a_licence_is_known_by_its_words(text: str | None, terms: Terms, spdx: str) -> None:
    """By short name, long name or address; two that differ are none."""
    found = licence_of(text)
    assert (found.terms, found.spdx) == (terms, spdx)


def test_an_address_comes_with_a_licence_of_a_version() -> None:
    """For cards and lists of licences."""
    assert licence_of("CC BY-NC 4.0").url == "https://creativecommons.org/licenses/by-nc/4.0/"


@given(st.text())
def test_any_text_has_terms_and_a_reason_that_fits(text: str) -> None:
    """Never an error; only what is known to be free is in everywhere."""
    unknown = licence_of(text).terms is Terms.UNKNOWN
    assert bool(why_left_out(text, changed=False, unknown_allowed=False)) == (
        unknown or licence_of(text).terms is Terms.FORBIDDEN
    )


@pytest.mark.parametrize(
    ("text", "changed", "allowed", "why"),
    [
        ("CC BY 4.0", True, False, ""),
        ("CC BY-ND 4.0", False, False, ""),
        ("CC BY-ND 4.0", True, True, "unchanged copies only"),
        ("TDM", False, True, "forbids"),
        ("", False, False, "no licence is given"),
        ("Elsevier user licence", False, False, "not known here"),
        ("", False, True, ""),
    ],
)
def test_an_image_is_left_out_with_its_reason(
    text: str, changed: bool, allowed: bool, why: str
) -> None:
    """What forbids stays out whatever is allowed; what is unknown is in where that is allowed."""
    found = why_left_out(text, changed=changed, unknown_allowed=allowed)
    assert found == why if not why else why in found
