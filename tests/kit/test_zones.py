"""Whatever stands where a time zone should, there is one to go by."""

import pytest

from careline.kit.zones import THE_SHOPS, is_zone, zone_of

NO_ZONES = [
    "", "US", "Canada", "Brazil", "Mars/Olympus", "/etc/passwd", "../UTC", "nul\0", "\udfff",
    "x" * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("name", NO_ZONES)
def test_what_is_no_zone_is_the_shops_own(name: str) -> None:
    assert not is_zone(name)
    assert zone_of(name).key == THE_SHOPS


@pytest.mark.parametrize("name", ["Europe/London", "Asia/Kolkata", "US/Eastern", "UTC"])
def test_a_zone_is_itself(name: str) -> None:
    assert is_zone(name)
    assert zone_of(name).key == name
