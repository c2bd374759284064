"""Send the touches that are due: judge, claim, and put each into its outlet exactly once.

Rows with a due time are the truth; who calls this, how often and in how many processes does not
matter. A claimed touch is due again when its lease runs out: nothing of it was put, for the
message or e-mail, the touch and its decision are written in one unit of work.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import batched

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.conversation.claims import Holder
from careline.journey.models import Customer, Touch
from careline.journey.words import Channel, TouchReason, Verdict
from careline.kit.logging import get_logger
from careline.service.services import Services
from careline.shops.protocol import ShopUnavailable
from careline.touches import rates
from careline.touches.decision import Decision
from careline.touches.gather import orders_to_look_up
from careline.touches.giving import grant_all
from careline.touches.judging import Judged, judge
from careline.touches.playbook import Playbook
from careline.touches.ports import NotPut, Outlet, Words
from careline.touches.putting import Putting, not_put
from careline.touches.taking import LOOKED_AT, as_they_were, being_sent, due_touches, locked
from careline.touches.written import LEASE, Counts, Leaving, Written, claim

__all__ = ["LEASE", "PUT_AT_ONCE", "Counts", "Dispatcher"]

log = get_logger("touches")

JUDGED_AT_ONCE = 200  # customers
PUT_AT_ONCE = 50  # touches in one unit of work: others wait for the database as long
_GOES = (Verdict.SEND, Verdict.SWAP, Verdict.HOLD_OUT)
_LEAVES = (Verdict.SEND, Verdict.SWAP)

AtStep = Callable[[str], None]


class Dispatcher:
    """The edge that commits: short units of work, none open while the shop is asked."""

    def __init__(
        self,
        services: Services,
        playbooks: Mapping[str, Playbook],
        words: Words,
        outlets: Iterable[Outlet],
        *,
        nudge: Callable[[str], None] = lambda conversation_id: None,
        at_step: AtStep = lambda step: None,
    ) -> None:
        self._services = services
        self._database = services.database
        self._clock = services.clock
        self._policy = services.policies.contact
        self._playbooks = playbooks
        self._putting = Putting(playbooks, words, outlets)
        self._nudge = nudge
        self._at_step = at_step  # tests stop the process here, to see what is left
        self._holder = Holder()

    def run_due(self) -> Counts:
        """One pass over all that is due at the clock's time."""
        total, seen = Counts(), set[str]()
        while True:
            customers = [each for each in self.due(JUDGED_AT_ONCE) if each not in seen]
            if not customers:
                return total
            seen.update(customers)
            total += self.handle(customers)

    def handle(self, customer_ids: Sequence[str]) -> Counts:
        """Judge these customers' due touches, and send what may go."""
        claimed, counts = self.judge(customer_ids)
        for some in batched(claimed, PUT_AT_ONCE):
            counts += self.deliver(some)
        return counts

    def due(self, limit: int) -> dict[str, datetime]:
        """Customers with a touch that is due, and since when; the longest due first."""
        found: dict[str, datetime] = {}
        with self._database.read() as session:
            rows = session.execute(
                select(Touch.customer_id, Touch.due_at)
                .where(LOOKED_AT, Touch.due_at <= self._clock.now())
                .order_by(Touch.due_at, Touch.id)
                .limit(limit)
            )
            for customer_id, due_at in rows:
                found.setdefault(customer_id, due_at)
        return found

    # Judging

    def judge(self, customer_ids: Sequence[str]) -> tuple[list[str], Counts]:
        """Decide over the due touches of these customers; the ids of those claimed to be sent."""
        now = self._clock.now()
        with self._database.read() as session:
            touches = due_touches(session, now, customer_ids)
        if not touches:
            return [], Counts()
        categories = self._categories(touches)
        with self._database.read() as session:
            judged = self._judge(session, now, touches, categories)
        self._at_step("judged")
        with self._database.begin() as session:
            untouched = as_they_were(session, judged.decided)
            claimed, written = self._write_judgement(session, now, untouched)
            written.flush(session)
        self._at_step("claimed")
        return claimed, written.as_counts()

    def _judge(
        self,
        session: Session,
        now: datetime,
        touches: Sequence[Touch],
        categories: Mapping[str, frozenset[str] | None],
    ) -> Judged:
        return judge(session, now, touches, self._playbooks, self._policy, categories)

    def _write_judgement(
        self, session: Session, now: datetime, decided: Sequence[tuple[Touch, Decision]]
    ) -> tuple[list[str], Written]:
        """Holds and drops are written; what may go is claimed, as far as the rates allow."""
        written, claimed = Written(now), list[str]()
        goes: dict[Channel, list[Touch]] = {}
        for touch, decision in decided:
            if decision.verdict in _GOES and decision.channel is not None:
                goes.setdefault(decision.channel, []).append(touch)
            else:
                written.stays(touch, decision)
        for channel, touches in sorted(goes.items()):
            per_second = self._policy.rate_per_second.get(channel, len(touches))
            granted = rates.take(session, now, channel, len(touches), per_second)
            claimed += [touch.id for touch in touches[:granted]]
            for behind, touch in enumerate(touches[granted:]):
                until = rates.free_again(now, behind, per_second)
                written.stays(touch, _busy(until, channel))
        claim(session, now, claimed, by=str(self._holder))
        return claimed, written

    def _categories(self, touches: Sequence[Touch]) -> dict[str, frozenset[str] | None]:
        """Of the orders that a playbook's `whom` asks about; None where the shop does not answer.

        It is asked outside of all units of work.
        """
        found: dict[str, frozenset[str] | None] = {}
        for number in orders_to_look_up(touches, self._playbooks):
            try:
                order = self._services.shop.order(number)
            except ShopUnavailable:
                log.warning("touch.order_unknown", order=number)
                found[number] = None
                continue
            if order is not None:
                found[number] = frozenset(line.variant.category for line in order.lines)
        return found

    # Sending

    def deliver(self, touch_ids: Sequence[str]) -> Counts:
        """Put claimed touches into their outlets, after a last look at the facts.

        Safe to be called again, or twice at once: a touch that is not being sent any more is
        left alone.
        """
        with self._database.read() as session:
            touches = being_sent(session, touch_ids)
        categories = self._categories(touches)
        ungranted = self._grant_gifts(touches, categories)
        self._at_step("worded")
        written = self._deliver(touches, ungranted, categories)
        self._at_step("sent")
        for conversation_id in written.conversations:
            self._nudge(conversation_id)
        return written.as_counts()

    def _deliver(
        self,
        known: Sequence[Touch],
        ungranted: Mapping[str, Decision],
        categories: Mapping[str, frozenset[str] | None],
    ) -> Written:
        """One unit of work."""
        with self._database.begin() as session:
            now = self._clock.now()
            written = Written(now)
            customers, touches = locked(session, known)
            judged = self._judge(session, now, touches, categories)
            leaving = []
            for touch, decision in judged.decided:
                if touch.id in ungranted and decision.verdict in _LEAVES:
                    decision = ungranted[touch.id]
                if decision.verdict in _LEAVES:
                    who = touch.customer_id
                    leaving.append(Leaving(touch, decision, judged.facts[who], customers[who]))
                elif decision.verdict is Verdict.HOLD_OUT:
                    written.is_held_out(touch, decision, self._playbooks[touch.playbook])
                else:
                    written.stays(touch, decision)
            self._put(session, written, leaving)
            written.flush(session)
            self._at_step("put")
        return written

    def _put(self, session: Session, written: Written, leaving: Sequence[Leaving]) -> None:
        became = self._putting.put(session, written.now, leaving)
        for each in leaving:
            put = became[each.touch.id]
            if isinstance(put, NotPut):
                written.stays(each.touch, not_put(each.touch, written.now, put))
            else:
                written.leaves(each, self._playbooks[each.touch.playbook], put)

    def _grant_gifts(
        self, touches: Sequence[Touch], categories: Mapping[str, frozenset[str] | None]
    ) -> dict[str, Decision]:
        """Have gifts granted before their words go out; the decisions for those that are not."""
        giving = [touch for touch in touches if self._gives(touch)]
        if not giving:
            return {}
        now = self._clock.now()
        with self._database.read() as session:
            decided = self._judge(session, now, giving, categories).decided
            # The hold-out group, and whoever would be held now after all, gets none (yet).
            leaving = [touch for touch, decision in decided if decision.verdict in _LEAVES]
            to = [(t, session.get_one(Customer, t.customer_id).currency) for t in leaving]
        return grant_all(self._services, self._playbooks, to)

    def _gives(self, touch: Touch) -> bool:
        book = self._playbooks.get(touch.playbook)
        return book is not None and book.gift is not None


def _busy(until: datetime, channel: Channel) -> Decision:
    return Decision(Verdict.HOLD, TouchReason.CHANNEL_BUSY, until=until, note=channel.value)
