"""What happens sets off touches: each once, at its time, whatever the order things come in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careline.journey.words import Actor
from careline.touches.loading import load_playbooks
from careline.touches.planner import Event, NewTouch, OpenTouch, Plan, Stage, at_local_hour, plan
from careline.touches.playbook import Playbook
from tests.house import ROOT

LONDON, TOKYO, NEW_YORK = (
    ZoneInfo("Europe/London"),
    ZoneInfo("Asia/Tokyo"),
    ZoneInfo("America/New_York"),
)
BOOKS = load_playbooks(ROOT / "playbooks")
MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def event(kind: str, at: datetime = MONDAY, **about: object) -> Event:
    name = f"tpt_{kind}_{at:%m%d%H%M}_{'_'.join(str(v) for v in about.values())}"
    return Event(name, "cus_1", kind, at, Actor.SHOP, about)


def planned(
    *events: Event, books: Sequence[str] = (), now: datetime = MONDAY, **more: object
) -> Plan:
    chosen = {name: BOOKS[name] for name in books} if books else BOOKS
    open_touches: Sequence[OpenTouch] = more.pop("open_touches", ())  # type: ignore[assignment]
    return plan(chosen, events, LONDON, open_touches, now, **more)  # type: ignore[arg-type]


def only(found: Plan) -> NewTouch:
    (touch,) = found.new
    return touch


def test_a_delivery_sets_off_the_check_in_two_days_later_at_ten_where_they_are() -> None:
    touch = only(planned(event("order.delivered", order="10482"), books=["unboxing_check_in"]))
    assert touch.due_at == datetime(2026, 3, 4, 10, tzinfo=UTC)
    assert touch.subject == "order:10482"
    assert touch.key == "unboxing_check_in:say:cus_1:order:10482"


def test_the_same_order_delivered_in_two_parts_is_asked_about_once() -> None:
    first = event("order.delivered", order="10482")
    second = event("order.delivered", MONDAY + timedelta(days=1), order="10482")
    assert len(planned(first, second, books=["unboxing_check_in"]).new) == 1


def test_what_came_too_late_to_us_sets_nothing_off() -> None:
    old = event("order.delivered", MONDAY - timedelta(days=30), order="9")
    assert planned(old, books=["unboxing_check_in"]).new == ()


def test_an_event_that_does_not_say_what_it_is_about_sets_nothing_off() -> None:
    assert planned(event("order.delivered"), books=["unboxing_check_in"]).new == ()


def test_a_gift_waits_for_the_case_to_be_resolved_and_comes_five_days_after() -> None:
    waiting = only(planned(event("case.reopened", case="CL-1"), books=["moment_of_magic"]))
    assert waiting.awaits == "case.resolved"
    assert waiting.due_at == MONDAY + timedelta(days=30)
    open_touch = OpenTouch(
        "tch_1", "cus_1", "moment_of_magic", "", waiting.awaits, MONDAY, waiting.about
    )
    another = event("case.resolved", MONDAY + timedelta(days=1), case="CL-2")
    assert planned(another, books=["moment_of_magic"], open_touches=[open_touch]).moved == ()
    solved = event("case.resolved", MONDAY + timedelta(days=2), case="CL-1")
    (move,) = planned(solved, books=["moment_of_magic"], open_touches=[open_touch]).moved
    assert move.due_at == datetime(2026, 3, 9, 10, tzinfo=UTC)


def test_what_is_waited_for_may_have_come_first() -> None:
    solved = event("case.resolved", MONDAY + timedelta(days=2), case="CL-1")
    reopened = event("case.reopened", case="CL-1")
    touch = only(planned(reopened, books=["moment_of_magic"], earlier=[solved]))
    assert touch.awaits is None
    assert touch.due_at == datetime(2026, 3, 9, 10, tzinfo=UTC)


def test_what_ended_before_it_was_opened_again_is_not_what_is_waited_for() -> None:
    """The gift is for a case that is right now, not for one that was thought to be."""
    solved = event("case.resolved", MONDAY - timedelta(days=2), case="CL-1")
    reopened = event("case.reopened", case="CL-1")
    touch = only(planned(solved, reopened, books=["moment_of_magic"], earlier=[solved]))
    assert touch.awaits == "case.resolved"


def test_a_gift_does_not_come_for_a_case_in_which_nothing_was_done() -> None:
    reopened = event("case.reopened", case="CL-1")
    none = event("case.resolved", MONDAY + timedelta(days=2), case="CL-1", resolution="none")
    touch = only(planned(reopened, books=["moment_of_magic"], earlier=[none]))
    assert touch.awaits == "case.resolved"


@pytest.mark.parametrize("resolution", ["replacement", "refund", "keep_item", "none"])
def test_how_we_put_it_right_is_asked_only_where_something_was_done(resolution: str) -> None:
    ended = event("case.resolved", case="CL-1", topic="complaint", resolution=resolution)
    new = planned(ended, books=["case_follow_up"]).new
    assert len(new) == (0 if resolution == "none" else 1)


def test_an_order_is_the_same_whether_it_is_told_as_a_number_or_as_text() -> None:
    waits = BOOKS["moment_of_magic"].model_copy(
        update={"wait": BOOKS["moment_of_magic"].wait.model_copy(update={"until": "order.paid"})}
    )
    asked = event("case.reopened", case="CL-1", order="1001")
    paid = event("order.paid", MONDAY + timedelta(days=1), order=1001)
    found = plan({"waits": waits}, [asked], LONDON, [], MONDAY, earlier=[paid])
    assert only(found).awaits is None


def case_resolved(days: int) -> Event:
    return event("case.resolved", MONDAY + timedelta(days=days), case="CL-1", topic="faulty")


@pytest.mark.parametrize("is_overtaken", [False, True])
def test_a_case_that_ends_again_is_followed_up_after_its_last_end(is_overtaken: bool) -> None:
    first = only(planned(case_resolved(0), books=["case_follow_up"]))
    assert first.key == "case_follow_up:say:cus_1:case:CL-1"
    waiting = OpenTouch(
        "tch_1", "cus_1", "case_follow_up", "case:CL-1", None, MONDAY, first.about, is_overtaken
    )
    (move,) = planned(case_resolved(6), books=["case_follow_up"], open_touches=[waiting]).moved
    assert move.due_at.date() == (MONDAY + timedelta(days=9)).date()
    both = only(planned(case_resolved(0), case_resolved(6), books=["case_follow_up"]))
    assert (both.key, both.due_at) == (first.key, move.due_at)


@pytest.mark.parametrize(("kind", "asked"), [("csat", 1), ("nps", 0)])
def test_a_review_is_asked_of_who_liked_the_service_not_of_four_out_of_ten(
    kind: str, asked: int
) -> None:
    about = {"score": 4, "kind": kind}
    given = Event("tpt_1", "cus_1", "feedback.given", MONDAY, Actor.CUSTOMER, about)
    assert len(planned(given, books=["review_request"]).new) == asked


def test_silence_is_one_touch_that_moves_with_every_word() -> None:
    first = only(planned(event("order.placed", order="1"), books=["win_back"]))
    assert first.due_at.date() == (MONDAY + timedelta(days=121)).date()
    waiting = OpenTouch("tch_1", "cus_1", "win_back", "", None, MONDAY)
    later = event("order.shipped", MONDAY + timedelta(days=3), order="1")
    again = planned(later, books=["win_back"], open_touches=[waiting])
    assert again.new == ()
    assert again.moved[0].due_at.date() == (MONDAY + timedelta(days=124)).date()


def test_what_we_say_ourselves_does_not_end_the_silence() -> None:
    waiting = OpenTouch("tch_1", "cus_1", "win_back", "", None, MONDAY)
    ours = Event("t", "cus_1", "touch.sent", MONDAY + timedelta(days=9), Actor.CARELINE)
    assert planned(ours, books=["win_back"], open_touches=[waiting]) == Plan()


def test_each_half_year_from_the_first_delivery_on() -> None:
    first = planned(event("order.delivered", order="1"), books=["nps_half_year"])
    days = [(touch.due_at - MONDAY).days for touch in first.new[:3]]
    assert days == [30, 212, 394]
    later = MONDAY + timedelta(days=700)
    second = event("order.delivered", later, order="2")
    more = planned(second, books=["nps_half_year"], first_rounds={"nps_half_year": MONDAY})
    known = {touch.key: touch.due_at for touch in first.new}
    goes_on = {touch.key: touch.due_at for touch in more.new}
    shared = known.keys() & goes_on.keys()
    assert shared
    assert {key: known[key] for key in shared} == {key: goes_on[key] for key in shared}
    assert all((due - MONDAY).days % 182 == 30 for due in goes_on.values())
    assert max(goes_on.values()) > later + timedelta(days=500)


def test_a_stage_is_entered_once() -> None:
    told = BOOKS["win_back"].model_dump(exclude={"when"})
    books = {"loyal": Playbook.model_validate({**told, "when": {"stage": "loyalty"}})}
    loyal = Stage("loyalty", MONDAY)
    one = plan(books, [event("order.placed", order="5")], LONDON, (), MONDAY, stage=loyal)
    two = plan(books, [event("order.paid", order="5")], LONDON, (), MONDAY, stage=loyal)
    assert [touch.key for touch in one.new] == [touch.key for touch in two.new]
    assert len(one.new) == 1


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        (
            datetime(2026, 3, 28, 22, tzinfo=UTC),
            "Europe/London",
            datetime(2026, 3, 29, 9, tzinfo=UTC),
        ),
        (
            datetime(2026, 10, 25, 0, tzinfo=UTC),
            "Europe/London",
            datetime(2026, 10, 25, 10, tzinfo=UTC),
        ),
        (
            datetime(2026, 3, 8, 4, tzinfo=UTC),
            "America/New_York",
            datetime(2026, 3, 8, 14, tzinfo=UTC),
        ),
        (datetime(2026, 3, 8, 4, tzinfo=UTC), "Asia/Tokyo", datetime(2026, 3, 9, 1, tzinfo=UTC)),
    ],
)
def test_ten_in_the_morning_is_ten_on_the_customers_clock(
    moment: datetime, zone: str, expected: datetime
) -> None:
    assert at_local_hour(moment, 10, ZoneInfo(zone)) == expected


@given(
    st.integers(0, 6 * 366 * 24 * 60),
    st.integers(0, 23),
    st.sampled_from(
        [
            "Europe/London",
            "America/New_York",
            "Asia/Tokyo",
            "Australia/Lord_Howe",
            "America/St_Johns",
        ]
    ),
)
@settings(max_examples=200, deadline=None)
def test_the_hour_is_never_before_and_never_much_later_than_a_day(
    minutes: int, hour: int, zone: str
) -> None:
    moment, where = MONDAY + timedelta(minutes=minutes), ZoneInfo(zone)
    due = at_local_hour(moment, hour, where)
    assert moment <= due <= moment + timedelta(hours=25, minutes=30)
    local = due.astimezone(where)
    # the hour itself, or the one after where summer time leaves it out
    assert local.minute in (0, 30)
    assert (local.hour - hour) % 24 in (0, 1)


_KINDS = st.sampled_from(
    [
        "order.placed",
        "order.delivered",
        "order.delayed",
        "case.opened",
        "case.reopened",
        "case.resolved",
        "feedback.given",
        "suggestion.done",
        "product.recalled",
    ]
)


@given(
    st.lists(
        st.tuples(_KINDS, st.integers(0, 20), st.integers(1, 3)),
        min_size=1,
        max_size=12,
        unique=True,
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=150, deadline=None)
def test_the_order_in_which_things_come_in_changes_nothing(
    happened: list[tuple[str, int, int]], chance: object
) -> None:
    events = [
        event(
            kind,
            MONDAY + timedelta(days=day),
            order=f"o{n}",
            case=f"c{n}",
            suggestion=f"s{n}",
            product=f"p{n}",
            score=n + 2,
            topic="faulty",
        )
        for kind, day, n in happened
    ]
    shuffled = list(events)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one = {t.key: t for t in planned(*events).new}
    two = {t.key: t for t in planned(*shuffled, *shuffled).new}
    assert one == two


@pytest.mark.parametrize(
    ("first", "zone", "days"),
    [
        # In the afternoon, too, the day is that day and not the next.
        ("2026-03-02T15:30", LONDON, ["2027-03-02", "2028-03-02"]),
        # Over a leap year it stays on its date.
        ("2023-06-10T08:00", LONDON, ["2024-06-10", "2025-06-10"]),
        ("2024-02-29T12:00", LONDON, ["2025-02-28", "2026-02-28"]),
        # The date is theirs: in Tokyo it is the third of March already.
        ("2026-03-02T15:30", TOKYO, ["2027-03-03", "2028-03-03"]),
    ],
)
def test_an_anniversary_is_on_the_date_of_the_first_order_where_they_live(
    first: str, zone: ZoneInfo, days: list[str]
) -> None:
    at = datetime.fromisoformat(first).replace(tzinfo=UTC)
    placed = event("order.placed", at, order="1")
    found = plan({"anniversary": BOOKS["anniversary"]}, [placed], zone, [], at).new
    assert [touch.due_at.astimezone(zone) for touch in found] == [
        datetime.fromisoformat(f"{day}T10:00").replace(tzinfo=zone) for day in days
    ]
    later = event("order.placed", at + timedelta(days=900), order="2")
    since = {"anniversary": at}
    more = plan({"anniversary": BOOKS["anniversary"]}, [later], zone, [], at, first_rounds=since)
    assert {touch.about["since"] for touch in more.new} == {at.isoformat()}
    assert {(t.due_at.astimezone(zone).month, t.due_at.astimezone(zone).day) for t in more.new} <= {
        (int(day[5:7]), int(day[8:])) for day in [*days, "2028-02-29"]
    }


def test_the_shipped_playbooks_can_be_read(tmp_path: Path) -> None:
    assert len(BOOKS) == 14
    assert next(iter(BOOKS)) == "safety_notice"
