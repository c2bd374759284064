"""Decide what one customer hears from us now: at most one of the touches that are due, or none.

Pure: touches, facts and the time come in, a decision for each touch goes out. The order of the
rules is decision 21: what ends a touch for good comes before what only holds it, and what
concerns the customer before what concerns the channel.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from careline.journey.models import Touch
from careline.journey.words import Channel, Purpose, TouchReason, Verdict
from careline.service.policies.contact import ContactPolicy, HoldOut
from careline.touches import reasons
from careline.touches.decision import Decision
from careline.touches.facts import ChannelFacts, CustomerFacts, Happened, SentTouch
from careline.touches.matter import is_same_matter
from careline.touches.playbook import Playbook
from careline.touches.quiet import quiet_until
from careline.touches.whom import why_not_for

ALL_PLAYBOOKS = "*"  # in `paused`
DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)  # caps roll
_GOES = (Verdict.SEND, Verdict.SWAP, Verdict.HOLD_OUT)
_CASE_ENDS = frozenset({"case.resolved", "case.withdrawn"})


def decide(
    touches: Sequence[Touch],
    playbooks: Mapping[str, Playbook],
    facts: CustomerFacts,
    policy: ContactPolicy,
    now: datetime,
    paused: Collection[str] = (),
) -> list[tuple[Touch, Decision]]:
    """One contact decision over all touches of one customer that are due.

    At most one of them goes (send, swap, hold out): the one of highest priority that may.
    """
    decided: list[tuple[Touch, Decision]] = []
    gone: SentTouch | None = None
    for touch in sorted(touches, key=lambda t: _rank(t, playbooks)):
        case = _Case(touch, playbooks.get(touch.playbook), facts, policy, now, frozenset(paused))
        decision = _judge(case)
        if decision.verdict in _GOES and gone is not None:
            decision = _after(gone, case)
        elif decision.verdict in _GOES:
            gone = _gone(case)
        decided.append((touch, decision))
    return decided


def decide_on_news(facts: CustomerFacts, policy: ContactPolicy, now: datetime) -> Decision:
    """Whether bad news about their own business may be told: a promise that was not kept.

    It is not held by the trouble that it is about, nor counted: caps, open cases, promises, anger
    and the hold-out do not stand in its way. A refusal of service messages and the night do.
    """
    if facts.is_erased:
        return Decision(Verdict.DROP, TouchReason.NOT_FOR_THEM, note="the customer was erased")
    if not all(_said_of(facts, Channel.WEB, Purpose.SERVICE, safety=False)):
        return Decision(Verdict.DROP, TouchReason.OPTED_OUT, note=Purpose.SERVICE.value)
    if until := quiet_until(now, facts.zone, policy.quiet_hours):
        return Decision(Verdict.HOLD, TouchReason.QUIET_HOURS, until=until, note=facts.zone.key)
    return Decision(Verdict.SEND, TouchReason.FINE, channel=Channel.WEB)


def decide_on_leaving(
    touch: Touch,
    playbook: Playbook | None,
    facts: CustomerFacts,
    policy: ContactPolicy,
    now: datetime,
    paused: Collection[str] = (),
    *,
    by: Channel,
) -> Decision:
    """Whether words that were written for this channel may still leave by it.

    All rules again, for much may have happened since. The touch itself, which counts as sent, does
    not stand in its own way; what was in the order has not changed, so the shop is not asked.
    """
    others = tuple(sent for sent in facts.sent if sent.touch_id != touch.id)
    book = playbook
    if book is not None:
        whom = book.whom.model_copy(update={"categories": []})
        book = book.model_copy(update={"channels": [by], "whom": whom})
    return _judge(_Case(touch, book, replace(facts, sent=others), policy, now, frozenset(paused)))


def is_held_out(customer_id: str, hold_out: HoldOut) -> bool:
    """Stable: the same customers as long as the salt is the same."""
    digest = hashlib.sha256((hold_out.salt + customer_id).encode()).digest()
    return int.from_bytes(digest, "big") % 100 < hold_out.percent


def is_overtaken(playbook: Playbook, touch: Touch, happened: Happened) -> bool:
    """Whether it happened since, about the same thing, and makes the touch pointless."""
    if happened.kind not in playbook.unless or happened.at < touch.trigger_at:
        return False
    if happened.at == touch.trigger_at and playbook.when.event in (happened.kind, None):
        return False  # that is what set it off, or what the silence began with
    about = touch.about or {}
    own_case = str(about.get("case") or "")
    if happened.kind == "case.opened" and own_case == str(happened.about.get("case") or "-"):
        return False  # it was opened and resolved at one instant; only another one is news
    return is_same_matter(about, happened.about)


@dataclass(frozen=True)
class _Case:
    """One touch, and all that is known while it is judged."""

    touch: Touch
    playbook: Playbook | None
    facts: CustomerFacts
    policy: ContactPolicy
    now: datetime
    paused: frozenset[str]

    @property
    def book(self) -> Playbook:
        assert self.playbook is not None  # the first rule sees to it
        return self.playbook

    def drop(self, why: TouchReason, note: str = "") -> Decision:
        return Decision(Verdict.DROP, why, note=note[:300])

    def hold(self, why: TouchReason, until: datetime, note: str = "") -> Decision:
        """Held, or dropped where the reason lasts longer than the touch makes sense."""
        if until > self.touch.too_late_at:
            words = reasons.in_words(why, note)
            return self.drop(TouchReason.TOO_LATE, f"held until then, because {words}")
        return Decision(Verdict.HOLD, why, until=until, note=note[:300])

    def hold_for_now(self, why: TouchReason, note: str = "") -> Decision:
        """Nobody knows when the reason is gone: looked at again, the last time when it is late."""
        again = self.now + timedelta(minutes=max(self.policy.look_again_minutes, 1))
        if self.now < self.touch.too_late_at:
            again = min(again, self.touch.too_late_at)
        return self.hold(why, again, note)


_Rule = Callable[[_Case], Decision | None]


def _rank(touch: Touch, playbooks: Mapping[str, Playbook]) -> tuple[int, float, str]:
    """The more important first, then what has waited longer; of two cases the newer one."""
    playbook = playbooks.get(touch.playbook)
    if playbook is None:
        return (0, touch.planned_for.timestamp(), touch.id)
    if playbook.at_most.per == "case":
        return (-playbook.priority, -touch.trigger_at.timestamp(), touch.id)
    return (-playbook.priority, touch.planned_for.timestamp(), touch.id)


def _judge(case: _Case) -> Decision:
    for rule in _RULES:
        if decision := rule(case):
            return decision
    return _by_channel(case)


def _gone(case: _Case) -> SentTouch:
    touch, book = case.touch, case.book
    return SentTouch.of(book, touch.id, touch.playbook, touch.subject, case.now)


def _after(first: SentTouch, case: _Case) -> Decision:
    """Another one goes now; this one is looked at again when that no longer stands in its way."""
    facts = replace(case.facts, sent=(*case.facts.sent, first))
    capped = _caps(replace(case, facts=facts))
    if capped is None:
        return case.hold_for_now(TouchReason.ANOTHER_FIRST, first.playbook)
    if capped.until is None:  # it would be too late by then
        return replace(capped, note=f"{first.playbook} went first")
    return case.hold(TouchReason.ANOTHER_FIRST, capped.until, first.playbook)


# What ends it for good


def _is_known(case: _Case) -> Decision | None:
    if case.facts.is_erased:
        return case.drop(TouchReason.NOT_FOR_THEM, "the customer was erased")
    if case.playbook is None:
        return case.drop(TouchReason.NO_PLAYBOOK, case.touch.playbook)
    return None


def _is_in_time(case: _Case) -> Decision | None:
    touch = case.touch
    if case.now > touch.too_late_at:
        before = reasons.in_words(touch.why, touch.why_note) if touch.why else ""
        return case.drop(TouchReason.TOO_LATE, f"before that, {before}" if before else "")
    if touch.awaits and case.book.wait.then == "drop":
        return case.drop(TouchReason.AWAITING, f"no {touch.awaits} came in time")
    return None


def _overtaken(case: _Case) -> Decision | None:
    for happened in case.facts.happened:
        if is_overtaken(case.book, case.touch, happened):
            return case.drop(TouchReason.OVERTAKEN, happened.kind)
    return None


def _silence_broken(case: _Case) -> Decision | None:
    """They were in touch after all; the planner counts their silence anew from there."""
    silence, last = case.book.when.silence, case.facts.last_activity_at
    if silence is None or last is None or last <= case.touch.trigger_at:
        return None
    if last + silence.length <= case.now:
        return None
    return case.drop(TouchReason.OVERTAKEN, "they were in touch since")


def _whom(case: _Case) -> Decision | None:
    why_not = why_not_for(case.book.whom, case.facts, case.touch.about or {})
    return case.drop(TouchReason.NOT_FOR_THEM, why_not) if why_not else None


def _shop_silent(case: _Case) -> Decision | None:
    order = str((case.touch.about or {}).get("order") or "")
    if case.book.whom.categories and case.facts.order_categories.get(order, ()) is None:
        return case.hold_for_now(TouchReason.SHOP_SILENT, order)
    return None


def _said_enough(case: _Case) -> Decision | None:
    rule, facts, touch = case.book.at_most, case.facts, case.touch
    before = [s for s in facts.sent if s.playbook == touch.playbook and s.touch_id != touch.id]
    if rule.per != "customer":
        before = [s for s in before if s.subject == touch.subject]
    elif rule.within is not None:
        before = [s for s in before if s.at > case.now - rule.within.length]
    if len(before) < rule.times:
        return None
    return case.drop(TouchReason.SAID_ENOUGH, f"at most {rule.times} per {rule.per}")


def _consent(case: _Case) -> Decision | None:
    if _agreed_channels(case):
        return None
    purpose = case.book.purpose
    refused = any(
        state is False and of == purpose for (_, of), state in case.facts.consents.items()
    )
    why = TouchReason.OPTED_OUT if refused else TouchReason.NO_CONSENT
    return case.drop(why, purpose.value)


# What holds it, for the customer's sake


def _person(case: _Case) -> Decision | None:
    facts = case.facts
    if facts.person_in_charge is not None:
        return case.hold_for_now(TouchReason.PERSON_IN_CHARGE)
    if facts.queued_conversation:
        return case.hold_for_now(TouchReason.PERSON_IN_CHARGE, "they wait for one")
    return None


def _paused(case: _Case) -> Decision | None:
    if ALL_PLAYBOOKS in case.paused:
        return case.hold_for_now(TouchReason.ALL_PAUSED)
    if case.touch.playbook in case.paused:
        return case.hold_for_now(TouchReason.PLAYBOOK_PAUSED)
    return None


def _trouble(case: _Case) -> Decision | None:
    facts, policy = case.facts, case.policy
    if case.book.safety:
        return None
    open_cases = [number for number in facts.open_cases if not _is_its_own(case, number)]
    if policy.open_case_holds and open_cases:
        return case.hold_for_now(TouchReason.OPEN_CASE, ", ".join(open_cases[:3]))
    if policy.open_promise_holds and facts.open_promises:
        what = ", ".join(facts.open_promises[:3]).replace("_", " ")
        return case.hold_for_now(TouchReason.OPEN_PROMISE, what)
    return None


def _is_its_own(case: _Case, number: str) -> bool:
    """A touch about a running case may come in the middle of it. One about a case that has ended
    may not, should that case be open again."""
    about_its_end = case.book.when.event in _CASE_ENDS
    return (case.touch.about or {}).get("case") == number and not about_its_end


def _anger(case: _Case) -> Decision | None:
    at, rests = case.facts.last_anger_at, timedelta(days=case.policy.anger_rests_days)
    if case.book.safety or at is None or at + rests <= case.now:
        return None
    return case.hold(TouchReason.RECENT_ANGER, at + rests)


def _underway(case: _Case) -> Decision | None:
    at, quiet = case.facts.last_message_at, timedelta(minutes=case.policy.underway_minutes)
    if case.book.safety or at is None or at + quiet <= case.now:
        return None
    return case.hold(TouchReason.CONVERSATION_UNDERWAY, at + quiet)


def _quiet(case: _Case) -> Decision | None:
    until = quiet_until(case.now, case.facts.zone, case.policy.quiet_hours)
    if case.book.safety or until is None:
        return None
    return case.hold(TouchReason.QUIET_HOURS, until, case.facts.zone.key)


def _caps(case: _Case) -> Decision | None:
    if case.book.safety:
        return None
    if case.book.urgent:
        return _cap_of_urgent(case)
    caps, facts = case.policy.caps, case.facts
    for why, window, cap in (
        (TouchReason.CAP_DAY, DAY, caps.per_day),
        (TouchReason.CAP_WEEK, WEEK, caps.per_week),
        (TouchReason.CAP_MONTH, MONTH, caps.per_month),
    ):
        counted = [s.at for s in facts.sent if not s.is_safety and s.at + window > case.now]
        if len(counted) >= cap:
            until = sorted(counted)[-cap] + window if cap else case.now + window
            return case.hold(why, until, f"at most {cap}")
    return _cooldown(case)


def _cap_of_urgent(case: _Case) -> Decision | None:
    """It is not kept waiting by courtesies; they count it, and wait for it."""
    cap = case.policy.caps.urgent_per_day
    counted = sorted(s.at for s in case.facts.sent if s.is_urgent and s.at + DAY > case.now)
    if len(counted) < cap:
        return None
    until = counted[-cap] + DAY if cap else case.now + DAY
    return case.hold(TouchReason.CAP_DAY, until, f"at most {cap} that are urgent")


def _cooldown(case: _Case) -> Decision | None:
    rest = timedelta(days=case.policy.survey_cooldown_days)
    asked = [s.at for s in case.facts.sent if s.is_survey]
    if not case.book.is_survey or not asked or max(asked) + rest <= case.now:
        return None
    return case.hold(TouchReason.SURVEY_COOLDOWN, max(asked) + rest)


_RULES: tuple[_Rule, ...] = (
    _is_known,
    _is_in_time,
    _overtaken,
    _silence_broken,
    _whom,
    _said_enough,
    _consent,
    _shop_silent,
    _person,
    _paused,
    _trouble,
    _anger,
    _underway,
    _quiet,
    _caps,
)


# By which channel it goes


def _by_channel(case: _Case) -> Decision:
    why_not: list[TouchReason] = []
    known = 0
    for channel in _agreed_channels(case):
        facts = case.facts.channels.get(channel)
        if facts is None:
            continue
        known += 1
        template = case.book.templates.get(channel)
        if why := _unreachable(facts, template, case.now):
            why_not.append(why)
            continue
        if facts.is_busy_until is not None and facts.is_busy_until > case.now:
            return case.hold(TouchReason.CHANNEL_BUSY, facts.is_busy_until, channel.value)
        return _goes(case, facts, why_not[0] if why_not else None)
    if not known:
        return case.drop(TouchReason.NO_CHANNEL)
    # That they are not in the chat just now is the least that there is to say of it.
    telling = [why for why in why_not if why is not TouchReason.CHANNEL_NOT_THERE]
    return case.hold_for_now((telling or why_not)[0])


def _goes(case: _Case, facts: ChannelFacts, instead: TouchReason | None) -> Decision:
    book, channel = case.book, facts.channel
    template = None if _window_is_open(facts, case.now) else book.templates.get(channel)
    if not (book.safety or book.urgent) and is_held_out(
        case.facts.customer_id, case.policy.hold_out
    ):
        return Decision(Verdict.HOLD_OUT, TouchReason.HOLD_OUT_GROUP, channel=channel)
    if instead is not None:
        note = f"by {channel.value}"
        return Decision(Verdict.SWAP, instead, channel=channel, template=template, note=note)
    return Decision(Verdict.SEND, TouchReason.FINE, channel=channel, template=template)


def _unreachable(facts: ChannelFacts, template: str | None, now: datetime) -> TouchReason | None:
    if facts.is_refused:
        return TouchReason.NO_MAILBOX
    if not facts.is_there:
        return TouchReason.CHANNEL_NOT_THERE
    if not _window_is_open(facts, now) and template not in facts.approved_templates:
        return TouchReason.CHANNEL_WINDOW
    return None


def _window_is_open(facts: ChannelFacts, now: datetime) -> bool:
    return not facts.has_window or (facts.window_until is not None and facts.window_until > now)


def _agreed_channels(case: _Case) -> list[Channel]:
    return [c for c in case.book.channels if _agreed(case, c, case.book.purpose)]


def _agreed(case: _Case, channel: Channel, purpose: Purpose) -> bool:
    """Any refusal that covers the channel wins over any yes."""
    said = list(_said_of(case.facts, channel, purpose, safety=case.book.safety))
    if not said:
        return purpose not in case.policy.needs_consent
    return all(said)


def _said_of(
    facts: CustomerFacts, channel: Channel, purpose: Purpose, *, safety: bool
) -> Iterator[bool]:
    """Who wrote STOP is still warned; who refused this one channel is not, by this channel.

    A yes to this channel that is newer than a no to all of them stands by itself.
    """
    alone = safety or (channel.value, purpose) in facts.agreed_since
    for covering in (channel.value,) if alone else (channel.value, "*", ""):
        state = facts.consents.get((covering, purpose))
        if state is not None:
            yield state
