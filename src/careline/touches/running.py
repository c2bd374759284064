"""Playbooks at work, as the edges hold them: plan what happened, send what is due."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from careline.conversation.promising import Leave
from careline.journey.words import Verdict
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.service.policies.contact import ContactPolicy
from careline.touches import outcomes, reasons
from careline.touches.dispatch import Counts, Dispatcher
from careline.touches.gate import decide_on_news
from careline.touches.gather import facts_for
from careline.touches.leaving import LastLook, Leaving
from careline.touches.playbook import Playbook
from careline.touches.ports import Words

# An e-mail that is being handed over for so long is not coming back from there.
CUT_OFF_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Touches:
    database: Database
    clock: Clock
    playbooks: Mapping[str, Playbook]
    words: Words
    dispatcher: Dispatcher
    plan: Callable[[], int]  # looks at every touchpoint that is new; how many there were
    policy: ContactPolicy

    def send_due(self) -> Counts:
        return self.dispatcher.run_due()

    def sweep(self) -> int:
        """Outcomes that no event tells: e-mails cut off in the middle; how many."""
        now = self.clock.now()
        with self.database.begin() as session:
            return outcomes.note_cut_off(session, now, now - CUT_OFF_AFTER)

    def look_before_it_leaves(self, session: Session, now: datetime, touch_id: str) -> LastLook:
        """Whether the e-mail of this touch may still leave; what the outbox asks for each."""
        return Leaving(self.playbooks, self.policy).look(session, now, touch_id)

    def leave_for_news(self, session: Session, customer_id: str) -> Leave:
        """Whether this customer may be told now what they did not ask for; see decide_on_news."""
        now = self.clock.now()
        since = {customer_id: now}
        facts = facts_for(session, now, since, self.playbooks, self.policy)[customer_id]
        decision = decide_on_news(facts, self.policy, now)
        return Leave(
            may=decision.verdict is Verdict.SEND,
            not_before=decision.until,
            why_not=reasons.in_words(decision.why, decision.note),
        )
