"""When it is quiet where the customer lives. Pure: the time, their zone and the rule come in."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from careline.service.policies.contact import QuietHours

_SUNDAY = 7
_LOOKS = 12  # nights and Sundays in a row, and the hours that summer time repeats


def quiet_until(now: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime | None:
    """The first moment at which it is not quiet any more; None if it is not quiet now.

    A wall clock's hours: what it skips in spring is quiet for nobody, what it repeats in autumn
    is quiet twice.
    """
    if not _is_quiet(now, zone, quiet):
        return None
    at = now
    for _ in range(_LOOKS):
        at = _end_of_this_stretch(at, zone, quiet)
        if not _is_quiet(at, zone, quiet):
            return at
    return now + timedelta(days=1)  # quiet round the clock: looked at again tomorrow


def _is_quiet(at: datetime, zone: ZoneInfo, quiet: QuietHours) -> bool:
    local = at.astimezone(zone)
    if quiet.sundays and local.isoweekday() == _SUNDAY:
        return True
    begins, ends, wall = _clock(quiet.from_), _clock(quiet.until), local.time()
    if begins <= ends:
        return begins <= wall < ends
    return wall >= begins or wall < ends


def _end_of_this_stretch(at: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    local = at.astimezone(zone)
    tomorrow = local.date() + timedelta(days=1)
    if quiet.sundays and local.isoweekday() == _SUNDAY:
        return _moment(datetime.combine(tomorrow, time(), zone), at)
    ends = _clock(quiet.until)
    day = local.date() if local.time() < ends else tomorrow
    return _moment(datetime.combine(day, ends, zone), at)


def _moment(wall: datetime, after: datetime) -> datetime:
    """Of a wall clock's time that comes twice, the first that lies ahead."""
    for fold in (0, 1):
        moment = wall.replace(fold=fold).astimezone(UTC)
        if moment > after:
            return moment
    return after + timedelta(minutes=1)


def _clock(text: str) -> time:
    return time.fromisoformat(text)
