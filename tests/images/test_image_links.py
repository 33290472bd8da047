"""Signed addresses: ours, unchanged, of today or yesterday."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from src.images.links import address, check, sign

SECRET = b"0123456789abcdef0123456789abcdef"
SHA = "ab" * 32
DAY = date(2026, 11, 20)


def accepted(url: str, today: date, secret: bytes = SECRET) -> bool:
    """What the route does with an address."""
    parts = urlsplit(url)
    _, _, sha256, size = parts.path.split("/")
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return check(secret, sha256, size, query["p"], query["d"], query["s"], today)


def test_an_address_is_the_same_all_day_and_names_image_size_person_and_day():
    first, second = (address(SECRET, SHA, "view", "amara", DAY) for _ in range(2))

    assert first == second
    assert first.startswith(f"/img/{SHA}/view?p=amara&d=2026-11-20&s=")


@pytest.mark.parametrize(("later", "good"), [(-1, False), (0, True), (1, True), (2, False)])
def test_it_is_good_on_its_day_and_the_next(later, good):
    url = address(SECRET, SHA, "view", "amara", DAY)

    assert accepted(url, DAY + timedelta(days=later)) is good


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/abab", "/baba"),
        ("/view", "/full"),
        ("p=amara", "p=benoit"),
        ("d=2026-11-20", "d=2026-11-21"),
        ("d=2026-11-20", "d=yesterday"),
        ("&s=", "&s=x"),
        ("&s=", "&s=%C3%A9"),
    ],
)
def test_a_changed_address_is_refused(old, new):
    url = address(SECRET, SHA, "view", "amara", DAY)
    changed = url.replace(old, new, 1)

    assert changed != url
    assert not accepted(changed, DAY)


def test_another_secret_refuses_it():
    assert not accepted(address(SECRET, SHA, "view", "amara", DAY), DAY, b"another secret")


def test_parts_cannot_be_shifted_into_one_another():
    signature = parse_qs(sign(SECRET, SHA, "view", "amara", DAY))["s"][0]

    assert not check(SECRET, SHA + "v", "iew", "amara", "2026-11-20", signature, DAY)


def test_a_person_with_any_characters_is_carried_through():
    assert accepted(address(SECRET, SHA, "thumb", "a&p=benoit é/?#", DAY), DAY)


def test_an_empty_secret_signs_nothing():
    with pytest.raises(ValueError, match="secret"):
        sign(b"", SHA, "view", "amara", DAY)
