"""What a lead decided about a customer's request reaches the customer: Careline says it where no
person is in charge; otherwise whoever has them, or claims them, owes them that word.

The promise of an answer is kept when it is said, and not before.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from careline.conversation import charge, clocks, lines, messages
from careline.conversation.handover import hand_over, joined_summary, words_for
from careline.conversation.masking import mask
from careline.conversation.staff.holding import lock_all_of_customer
from careline.conversation.staff.notes import note
from careline.journey.models import Case, Conversation, Customer, Email
from careline.journey.repository import email_of
from careline.journey.words import CaseState, HandoverReason, Mode
from careline.kit.ids import new_id
from careline.service import promises
from careline.service.as_json import remedy_from_json
from careline.service.facts import Remedy
from careline.service.facts_in_words import FactsInWords
from careline.service.policies import Policies


def tell_decision(
    session: Session,
    now: datetime,
    case: Case,
    *,
    decided_by: str,
    because: str = "",
    policies: Policies,
    shop_name: str,
) -> Sequence[str]:
    """`because` is the reason of a no. Gives back the conversations to nudge.

    A case without a conversation keeps its promise open: when its day passes, a colleague has it.
    """
    found = _where_it_is_heard(session, case)
    if found is None:
        return ()
    conversation, _ = lock_all_of_customer(session, found.id)
    is_with_people = _leave_to_people(session, now, conversation, policies)
    words = _for_colleagues(session, case, because)
    note(
        session, now, conversation.id, decided_by,
        f"{words} {_TELL if is_with_people else _TOLD}", key=f"{case.number}:decided",
    )  # fmt: skip
    if is_with_people:
        conversation.handover_summary = joined_summary(conversation.handover_summary, words)
    elif case.state == CaseState.HANDED_OVER:
        _say_that_it_failed(session, now, case, conversation, words, policies)
    else:
        _say(session, now, case, conversation, because, shop_name)
        promises.withdraw(session, now, case, promises.ANSWER_GIVEN)
    conversation.updated_at = now
    return (conversation.id,)


_TELL = "Tell the customer."
_TOLD = "The customer has been told."


def _where_it_is_heard(session: Session, case: Case) -> Conversation | None:
    """Where it was asked for, or where that one went on after it was merged."""
    found = session.get(Conversation, case.conversation_id) if case.conversation_id else None
    while found is not None and found.mode == Mode.CLOSED and found.merged_into:
        found = session.get(Conversation, found.merged_into)
    return found


def _leave_to_people(
    session: Session, now: datetime, conversation: Conversation, policies: Policies
) -> bool:
    """False where Careline may speak, and nothing was changed."""
    in_charge = charge.charge_of(session, conversation.customer_id)
    if conversation.mode not in (Mode.PERSON, Mode.QUEUED) and in_charge is None:
        return False
    if conversation.mode != Mode.PERSON and in_charge is not None:
        charge.join(session, now, conversation, in_charge, policies)
    else:
        clocks.customer_waits(session, now, conversation, policies)
    return True


def _say_that_it_failed(
    session: Session,
    now: datetime,
    case: Case,
    conversation: Conversation,
    words: str,
    policies: Policies,
) -> None:
    due = hand_over(
        session,
        now,
        conversation.id,
        reason=HandoverReason.ACTION_FAILED,
        summary=words,
        policies=policies,
    )
    messages.say(
        session,
        now,
        conversation,
        key=f"{case.number}:decided",
        text=lines.action_failed(
            words_for(session, conversation, due, now),
            messages.last_position(session, conversation.id),
        ),
        buttons=[lines.BACK_BUTTON],
    )


def _say(
    session: Session,
    now: datetime,
    case: Case,
    conversation: Conversation,
    because: str,
    shop_name: str,
) -> None:
    position = messages.last_position(session, conversation.id)
    if because:
        text = lines.declined(_asked_for(session, case), mask(because), position)
    else:
        text = lines.agreed(_given(session, now, case), position)
    messages.say(
        session,
        now,
        conversation,
        key=f"{case.number}:decided",
        text=text,
        buttons=[lines.PERSON_BUTTON] if because else [],
    )
    mailbox = email_of(session, case.customer_id)
    if mailbox is not None:  # the chat's page may be closed by now
        session.add(
            Email(
                id=new_id("eml"),
                key=f"case:{case.number}:decided",
                to=mailbox.address,
                subject=f"Your request, case {case.number}",
                text=f"{text}\n\n{shop_name}",
                created_at=now,
                updated_at=now,
            )
        )


def _for_colleagues(session: Session, case: Case, because: str) -> str:
    what = f"{_asked_for(session, case)}, case {case.number}"
    if because:
        return f"A lead declined {what}: {because.rstrip('.')}."
    if case.state == CaseState.HANDED_OVER:
        return f"A lead agreed to {what}, and the shop would not do it."
    return f"A lead agreed to {what}; it is there by {_remedy(case).by:%d %B}."


def _asked_for(session: Session, case: Case) -> str:
    amount = remedy_from_json((case.chosen or {})["remedy"]).amount
    wanted = _remedy(case).resolution
    return lines.asked_for(wanted, _facts(session, case).money(amount) if amount else "")


def _given(session: Session, now: datetime, case: Case) -> str:
    remedy, say = _remedy(case), _facts(session, case)
    return lines.given(
        remedy.resolution,
        amount=say.money(remedy.amount) if remedy.amount else "",
        method=remedy.method,
        day=say.day(remedy.by, today=now.astimezone(say.zone).date()),
        after_goods_are_back=remedy.after_goods_are_back,
    )


def _remedy(case: Case) -> Remedy:
    """By the shop's own day where it has given one."""
    return remedy_from_json((case.outcome or {}).get("remedy") or (case.chosen or {})["remedy"])


def _facts(session: Session, case: Case) -> FactsInWords:
    customer = session.get_one(Customer, case.customer_id)
    return FactsInWords.for_customer(customer.locale, customer.time_zone)
