"""Word the touches that may go, and put them into their outlets; one that fails fails alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from careline.journey.models import Touch
from careline.journey.words import Channel, TouchReason, Verdict
from careline.kit.logging import get_logger
from careline.touches.decision import Decision
from careline.touches.playbook import Playbook
from careline.touches.ports import NotPut, Outlet, Parcel, Put, Words
from careline.touches.written import Leaving

log = get_logger("touches")

MOST_TRIES = 8
LONGEST_BACK_OFF = timedelta(hours=4)


class Putting:
    """The words and the outlets, as the dispatcher holds them."""

    def __init__(
        self, playbooks: Mapping[str, Playbook], words: Words, outlets: Iterable[Outlet]
    ) -> None:
        self._playbooks = playbooks
        self._words = words
        self._outlets = {outlet.channel: outlet for outlet in outlets}

    def put(
        self, session: Session, now: datetime, leaving: Sequence[Leaving]
    ) -> dict[str, Put | NotPut]:
        """What became of each, by the touch's id."""
        became: dict[str, Put | NotPut] = {}
        parcels: dict[Channel | None, list[Parcel]] = {}
        for each in leaving:
            worded = self._parcel(now, each)
            if isinstance(worded, NotPut):
                became[each.touch.id] = worded
            else:
                parcels.setdefault(each.decision.channel, []).append(worded)
        for channel, some in parcels.items():
            put = self._by(channel, session, now, some)
            became |= {parcel.touch.id: each for parcel, each in zip(some, put, strict=True)}
        return became

    def _parcel(self, now: datetime, leaving: Leaving) -> Parcel | NotPut:
        touch, facts, customer = leaving.touch, leaving.facts, leaving.customer
        try:
            worded = self._words.word(
                self._playbooks[touch.playbook],
                touch,
                name=customer.name,
                locale=customer.locale,
                zone=facts.zone,
                now=now,
                facts=facts,
            )
        except Exception as error:  # noqa: BLE001 - it cannot be worded: others must not wait
            return _fault(touch, error)
        return Parcel(touch, worded, facts, customer, leaving.decision.template)

    def _by(
        self, channel: Channel | None, session: Session, now: datetime, parcels: Sequence[Parcel]
    ) -> list[Put | NotPut]:
        outlet = self._outlets.get(channel) if channel else None
        if outlet is None:
            why = NotPut(TouchReason.NO_CHANNEL, f"nothing sends by {channel}", again=False)
            return [why] * len(parcels)
        put = _put(outlet, session, now, parcels)
        if not isinstance(put, Exception):
            return put
        return [self._alone(outlet, session, now, parcel) for parcel in parcels]

    def _alone(
        self, outlet: Outlet, session: Session, now: datetime, parcel: Parcel
    ) -> Put | NotPut:
        """Of those put together one could not be; now each stands for itself."""
        put = _put(outlet, session, now, [parcel])
        return _fault(parcel.touch, put) if isinstance(put, Exception) else put[0]


def _put(
    outlet: Outlet, session: Session, now: datetime, parcels: Sequence[Parcel]
) -> list[Put | NotPut] | Exception:
    try:
        with session.begin_nested():
            return outlet.put(session, now, parcels)
    except OperationalError:
        raise  # the database, not these touches
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said of the touch
        return error


def _fault(touch: Touch, error: Exception) -> NotPut:
    log.error("touch.fault", touch=touch.id, playbook=touch.playbook, exc_info=error)
    return NotPut(TouchReason.CHANNEL_DOWN, type(error).__name__, again=True)


def not_put(touch: Touch, now: datetime, because: NotPut) -> Decision:
    """Tried again with ever longer waits where the channel surely did not take it."""
    wait = min(timedelta(minutes=1) * 2 ** max(touch.tries - 1, 0), LONGEST_BACK_OFF)
    again = because.again and touch.tries < MOST_TRIES
    if again and now + wait <= touch.too_late_at:
        return Decision(Verdict.HOLD, because.why, until=now + wait, note=because.note)
    if because.again:
        return Decision(Verdict.DROP, TouchReason.CHANNEL_DOWN, note=because.note)
    return Decision(Verdict.DROP, because.why, note=because.note)
