"""What must hold in the record, the shop and Rasa's memory after the crashes."""

import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from careline.journey.models import Case, Conversation, Message
from careline.kit.database import Database
from careline.shops.models import LineRow, OrderRow, RefundRow

Findings = list[str]
UNFINISHED = ("waiting", "asked")


def unfinished(record: Database) -> int:
    with record.read() as session:
        return session.query(Message).filter(Message.turn_state.in_(UNFINISHED)).count()


def waiting_for_shop(record: Database) -> int:
    """Cases that were cut short: chosen, and nothing came of it yet."""
    with record.read() as session:
        return sum(
            case.chosen is not None and case.outcome is None and case.state == "open"
            for case in session.query(Case)
        )


def examine(
    record: Database, shop: Database, trackers: Path, accepted: set[tuple[str, str]]
) -> dict[str, Findings]:
    """Each promise, with what breaks it."""
    with record.read() as session, shop.read() as orders:
        inbound = session.query(Message).filter_by(direction="in").all()
        outbound = session.query(Message).filter_by(direction="out").all()
        return {
            "every accepted message is in the record once": _written(inbound, accepted),
            "nothing else is": _invented(inbound, accepted),
            "every reply is there at most once": _said_once(outbound),
            "no turn was answered twice": _answered_once(inbound, outbound),
            "every message is answered or with a person": _none_left(session, inbound, outbound),
            "Rasa took no message twice": _taken_once(trackers),
            "no request opened two cases": _one_case_each(session),
            "no more was refunded than was paid": _not_overpaid(orders),
            "no item was put right twice": _settled_once(orders),
            "each refund of the shop is in one case": _refunds_in_cases(session, orders),
        }


def outcomes(record: Database) -> dict[str, int]:
    """For the report: what became of messages, conversations and cases."""
    with record.read() as session:
        counts: Counter[str] = Counter()
        for message in session.query(Message):
            if message.direction == "in":
                counts[f"messages {message.turn_state}"] += 1
            elif message.author == "system":
                counts["honest lines"] += 1
            else:
                counts["replies of the bot"] += 1
        for conversation in session.query(Conversation):
            counts[f"conversations with {_holder(conversation)}"] += 1
        for case in session.query(Case):
            counts[f"cases {case.state}"] += 1
        return dict(sorted(counts.items()))


def _holder(conversation: Conversation) -> str:
    return "a person's queue" if conversation.mode == "queued" else f"the {conversation.mode}"


def _written(inbound: list[Message], accepted: set[tuple[str, str]]) -> Findings:
    there = Counter((m.conversation_id, m.provider_id) for m in inbound)
    return [f"{key} is there {there[key]} times" for key in accepted if there[key] != 1]


def _invented(inbound: list[Message], accepted: set[tuple[str, str]]) -> Findings:
    return [m.id for m in inbound if (m.conversation_id, m.provider_id) not in accepted]


def _said_once(outbound: list[Message]) -> Findings:
    there = Counter((m.conversation_id, m.provider_id) for m in outbound)
    return [f"{key}: {count} times" for key, count in there.items() if count > 1]


def _answered_once(inbound: list[Message], outbound: list[Message]) -> Findings:
    """The replies of one turn are written in one moment."""
    moments = defaultdict(set)
    for message in outbound:
        if message.author == "bot":
            moments[message.reply_to].add(message.created_at)
    return [m.id for m in inbound if len(moments[m.id]) > 1]


def _none_left(session: Session, inbound: list[Message], outbound: list[Message]) -> Findings:
    replied = {m.reply_to for m in outbound if m.author == "bot"}
    modes = {c.id: (c.mode, c.due_at) for c in session.query(Conversation)}
    found = []
    for message in inbound:
        mode, due = modes[message.conversation_id]
        done = message.turn_state == "done" and message.id in replied
        queued = message.turn_state == "queued" and mode == "queued" and due is not None
        if not done and not queued:
            found.append(f"{message.id}: {message.turn_state}, conversation {mode}")
    return found


def _taken_once(trackers: Path) -> Findings:
    engine = create_engine(f"sqlite:///{trackers}")
    seen: Counter[tuple[str, str]] = Counter()
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT sender_id, data FROM events WHERE type_name = 'user'")
        )
        for sender, data in rows:
            message = json.loads(data).get("message_id")
            if message:
                seen[(sender, message)] += 1
    engine.dispose()
    return [f"{key}: {count} times" for key, count in seen.items() if count > 1]


def _one_case_each(session: Session) -> Findings:
    """A conversation that settled a line has not settled it again."""
    settled = Counter(
        (case.line_id, case.kind, case.conversation_id)
        for case in session.query(Case)
        if case.line_id and case.state == "resolved"
    )
    return [f"{key}: {count} times" for key, count in settled.items() if count > 1]


def _not_overpaid(orders: Session) -> Findings:
    found = []
    for order in orders.query(OrderRow):
        paid = sum((p.amount for p in order.payments if p.state != "failed"), Decimal(0))
        refunded = sum((r.amount for r in order.refunds), Decimal(0))
        if refunded > paid:
            found.append(f"order {order.number}: {refunded} of {paid}")
    return found


def _settled_once(orders: Session) -> Findings:
    lines = orders.query(LineRow).all()
    sent_again: Counter[str] = Counter()
    for line in lines:
        if line.makes_good:
            sent_again[line.makes_good] += line.quantity
    return [
        f"{line.id}: {line.settled_quantity} settled, {sent_again[line.id]} sent again"
        for line in lines
        if max(line.settled_quantity, sent_again[line.id]) > line.quantity
        or line.refunded > line.price * line.quantity
    ]


def _refunds_in_cases(session: Session, orders: Session) -> Findings:
    """Refunds that this run asked for; those of the seed belong to no case."""
    named = Counter(case.shop_reference for case in session.query(Case) if case.shop_reference)
    first_case = session.query(Case).order_by(Case.opened_at).first()
    if first_case is None:
        return []
    return [
        f"{refund.reference} is in {named[refund.reference]} cases"
        for refund in orders.query(RefundRow)
        if refund.asked_at >= first_case.opened_at and named[refund.reference] != 1
    ]
