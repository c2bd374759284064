"""How a person's part ends: the bot goes on with what was decided, or the matter is resolved."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.conversation import clocks, service_levels
from careline.conversation.closing import close
from careline.conversation.masking import mask
from careline.conversation.receive import check_words
from careline.conversation.staff import promised
from careline.conversation.staff.colleagues import note_done
from careline.conversation.staff.holding import check_stands_alone, held_together, mine
from careline.conversation.staff.merging import shown_together
from careline.conversation.staff.promised import NO_RIBBON, Ribbon
from careline.journey.models import Case, Conversation
from careline.journey.words import Actor, CaseState, Mode, Outcome, Resolution
from careline.kit.errors import Invalid
from careline.service import cases, outcomes, promises
from careline.service.policies import Policies

LONGEST_WORDS = 300  # of a hand-back: the bot says them in one line


def hand_back(
    session: Session,
    now: datetime,
    conversation_id: str,
    staff_id: str,
    outcome: str,
    *,
    policies: Policies,
    words: str = "",
    ribbon: Ribbon = NO_RIBBON,
) -> Conversation:
    """The bot goes on, and its next line says what was decided; what the words promise is kept.

    The edge then submits those of `to_tell` to the lanes. Raises NotYours, CameAlong, Invalid.
    """
    if outcome not in list(Outcome):
        raise Invalid(f"The outcome is one of {', '.join(Outcome)}.", field="outcome")
    if words:
        check_words(words)
    if len(words) > LONGEST_WORDS:
        raise Invalid(f"At most {LONGEST_WORDS} characters for the bot's line.", field="words")
    who, conversation, others = mine(session, conversation_id, staff_id)
    check_stands_alone(conversation, others)
    promised.check(session, now, conversation, ribbon)
    for each in held_together(conversation, others):
        if each is conversation or each.waiting_since is not None:
            each.handback = {
                "key": f"{each.id}:handed_back:{now:%Y%m%d%H%M%S%f}",
                "outcome": outcome,
                "words": mask(words.strip()),
                "by": who.name,
                "tries": 0,
            }
            each.handback_at = now
        _leave_people(session, now, each)
        each.mode = Mode.BOT
        promises.answer_given(session, now, shown_together(session, each))
    if words.strip():
        promised.write_down(
            session, now, conversation, words, ribbon,
            key=(conversation.handback or {})["key"], staff_id=who.id, policies=policies,
        )  # fmt: skip
    note_done(
        session, now, who, conversation, "conversation.handed_back",
        f"{who.name} handed back: {outcome.replace('_', ' ')}", outcome=outcome,
    )  # fmt: skip
    return conversation


def to_tell(session: Session, customer_id: str) -> Sequence[str]:
    """The customer's conversations in which the bot has yet to say what a person decided."""
    return session.scalars(
        select(Conversation.id).where(
            Conversation.customer_id == customer_id,
            Conversation.mode == Mode.BOT,
            Conversation.handback_at.is_not(None),
        )
    ).all()


def resolve(
    session: Session,
    now: datetime,
    conversation_id: str,
    staff_id: str,
    *,
    policies: Policies,
    root_cause: str,
    owner: str | None = None,
    resolution: str | None = None,
) -> Conversation:
    """Done: the conversation is closed, and what caused it has an owner.

    The cases of the conversation that people had are resolved with it. Raises NotYours, Invalid.
    """
    causes, departments = policies.owners.root_causes, policies.owners.departments
    if root_cause not in causes:
        raise Invalid(f"The root cause is one of {', '.join(causes)}.", field="root_cause")
    owner = owner or policies.owners.owner(root_cause)
    if owner not in departments:
        raise Invalid(f"The owner is one of {', '.join(departments)}.", field="owner")
    if resolution is not None and resolution not in list(Resolution):
        raise Invalid(f"The resolution is one of {', '.join(Resolution)}.", field="resolution")
    who, conversation, others = mine(session, conversation_id, staff_id)
    joined = [each for each in others if each.joined_to == conversation.id]
    for each in (conversation, *joined):
        _resolve_cases(session, now, each, root_cause, owner, Resolution(resolution or "none"))
        _leave_people(session, now, each)
        each.root_cause, each.owner = root_cause, owner
        close(session, now, each)
    note_done(
        session, now, who, conversation, "conversation.resolved",
        f"{who.name} resolved it: {root_cause.replace('_', ' ')}, owned by {owner}",
        root_cause=root_cause, owner=owner, resolution=resolution,
    )  # fmt: skip
    return conversation


def _leave_people(session: Session, now: datetime, conversation: Conversation) -> None:
    service_levels.note_missed(session, now, conversation)
    clocks.stop_all(conversation)
    conversation.updated_at = now


def _resolve_cases(
    session: Session,
    now: datetime,
    conversation: Conversation,
    root_cause: str,
    owner: str,
    resolution: Resolution,
) -> None:
    """Those that wait for a person's decision or the shop's answer stay as they are."""
    with_people = session.scalars(
        select(Case).where(
            Case.conversation_id == conversation.id,
            Case.state.in_((CaseState.HANDED_OVER, CaseState.OPEN)),
        )
    ).all()
    for case in with_people:
        if case.state == CaseState.OPEN and case.chosen is not None:
            continue
        case.root_cause, case.owner = root_cause, owner
        promises.withdraw(session, now, case, promises.ANSWER_GIVEN)
        cases.resolve(case, now, resolution)
        outcomes.note_end(session, now, case, Actor.STAFF)
