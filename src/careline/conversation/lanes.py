"""Run turns: one at a time and in order within a conversation, different ones in parallel."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from careline.conversation import handback, turn
from careline.conversation.claims import Claim, Holder
from careline.conversation.faults import log_fault
from careline.conversation.notify import Hub
from careline.conversation.ports import (
    ActionFailed,
    Answer,
    Assistant,
    AssistantOnLoop,
    AssistantUnavailable,
    Question,
)
from careline.conversation.turn import Finished, Limits, Nothing
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.logging import get_logger
from careline.kit.units import Units
from careline.service.policies import Policies

log = get_logger("conversation")

AtStep = Callable[[str], None]


class Turns:
    """One turn of a conversation, from the claim to the answer; the edge that commits."""

    def __init__(
        self,
        database: Database,
        assistant: Assistant,
        policies: Policies,
        clock: Clock,
        hub: Hub,
        limits: Limits,
        at_step: AtStep = lambda step: None,
        answers: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """`answers`: by playbook, what may come back to a touch of it (`survey`, `replies`)."""
        self._answers = answers or {}
        self._database = database
        self._assistant = assistant
        self._policies = policies
        self._clock = clock
        self._hub = hub
        self.limits = limits
        self._holder = Holder()
        self._at_step = at_step  # tests stop the process here, to see what is left

    def run_next(self, conversation_id: str) -> bool:
        """True when another message of the conversation is waiting behind this turn."""
        with self._database.begin() as session:
            claimed = turn.claim(
                session,
                self._clock.now(),
                conversation_id,
                self._holder,
                limits=self.limits,
                policies=self._policies,
            )
        if isinstance(claimed, Nothing):
            if claimed.wrote:
                self._hub.nudge(conversation_id)
            return False
        return self.run(claimed).more

    def claim(self) -> Claim:
        """For a message that is being written; see `receive` and `claimed_first`."""
        return turn.claim_for(self._clock.now(), self._holder, self.limits)

    def run(self, question: Question) -> Finished:
        """Ask what was claimed, and write down what came of it."""
        self._at_step("claimed")
        self._hub.typing(question.conversation_id, True)
        try:
            return self._tell(question) if question.happened else self._ask(question)
        finally:
            self._hub.typing(question.conversation_id, False)
            self._hub.nudge(question.conversation_id)

    def _ask(self, question: Question) -> Finished:
        try:
            answer = self._assistant.ask(self._with_answers(question))
        except (AssistantUnavailable, ActionFailed) as error:
            return self._not_answered(question, error)
        self._at_step("asked")
        with self._database.begin() as session:
            finished = self._finish(session, question, answer)
        self._at_step("answered")
        return finished

    async def run_on_loop(self, question: Question, units: Units) -> Finished:
        """As `run`, for the question of a message; no thread waits for the assistant."""
        self._at_step("claimed")
        self._hub.typing(question.conversation_id, True)
        try:
            try:
                answer = await self._asked_on_loop(self._with_answers(question))
            except (AssistantUnavailable, ActionFailed) as error:
                return await asyncio.to_thread(self._not_answered, question, error)
            self._at_step("asked")
            finished = await units.run(lambda session: self._finish(session, question, answer))
            self._at_step("answered")
            return finished
        finally:
            self._hub.typing(question.conversation_id, False)
            self._hub.nudge(question.conversation_id)

    def leave_loop(self) -> None:
        """The last that is done on the loop of `run_on_loop`."""
        if isinstance(self._assistant, AssistantOnLoop):
            self._assistant.leave_loop()

    async def _asked_on_loop(self, question: Question) -> Answer:
        if isinstance(self._assistant, AssistantOnLoop):
            return await self._assistant.ask_on_loop(question)
        return await asyncio.to_thread(self._assistant.ask, question)

    def _finish(self, session: Session, question: Question, answer: Answer) -> Finished:
        return turn.finish(session, self._clock.now(), question, answer, policies=self._policies)

    def _not_answered(
        self, question: Question, error: AssistantUnavailable | ActionFailed
    ) -> Finished:
        if isinstance(error, ActionFailed):
            log.error("turn.action_failed", message=question.message_id, action=error.action)
            self._at_step("asked")
            with self._database.begin() as session:
                turn.action_failed(
                    session, self._clock.now(), question, error.action, policies=self._policies
                )
        else:
            log.warning("turn.failed", message=question.message_id, why=error.why)
            self._at_step("asked")
            with self._database.begin() as session:
                turn.fail(
                    session,
                    self._clock.now(),
                    question,
                    error.why,
                    limits=self.limits,
                    policies=self._policies,
                )
        self._at_step("answered")
        return Finished(more=True)

    def _with_answers(self, question: Question) -> Question:
        """After a touch: the assistant is told what may come back to it."""
        touch = question.metadata.get("touch")
        if touch is None:
            return question
        expected = {**touch, **self._answers.get(touch["playbook"], {})}
        return replace(question, metadata={**question.metadata, "touch": expected})

    def _tell(self, question: Question) -> Finished:
        """Something that happened outside, such as a hand-back; what the bot says of it is sent."""
        try:
            answer = self._assistant.ask(question)
        except (AssistantUnavailable, ActionFailed) as error:
            log.warning("handback.failed", conversation=question.conversation_id, why=str(error))
            with self._database.begin() as session:
                more = handback.fail(
                    session,
                    self._clock.now(),
                    question,
                    retry_after=self.limits.retry_after,
                    give_up_after=self.limits.give_up_after,
                )
        else:
            self._at_step("asked")
            with self._database.begin() as session:
                more = handback.finish(session, self._clock.now(), question, answer)
        return Finished(more=more)

    def reassure_late(self) -> None:
        """Give the honest line where the deadline passed before a turn could even start."""
        now = self._clock.now()
        with self._database.read() as session:
            late = turn.late_conversations(session, now, self.limits)
        for conversation_id in late:
            with self._database.begin() as session:
                wrote = turn.reassure_late(
                    session, now, conversation_id, limits=self.limits, policies=self._policies
                )
            if wrote:
                self._hub.nudge(conversation_id)

    def due(self) -> list[str]:
        with self._database.read() as session:
            return list(turn.due_conversations(session, self._clock.now()))


class Lanes:
    """A lane for each conversation with something to do, on a pool of threads."""

    def __init__(self, turns: Turns, workers: int = 32) -> None:
        self._turns = turns
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="lane")
        self._lock = threading.Lock()
        self._open: dict[str, bool] = {}  # conversation -> something came while it was busy
        self._closed = False

    def submit(self, conversation_id: str) -> None:
        """See to this conversation soon; safe to call as often as one likes."""
        if self.enter(conversation_id):
            self._start(lambda: self.drive(conversation_id))

    def submit_due(self) -> int:
        """All conversations with a turn that is due; the sweep after crashes and for retries."""
        due = self._turns.due()
        with self._lock:  # a turn that runs is no sign of a crash
            idle = [each for each in due if each not in self._open]
        for conversation_id in idle:
            self.submit(conversation_id)
        return len(idle)

    def enter(self, conversation_id: str) -> bool:
        """Take the conversation's lane, to `drive` or `leave` it.

        False if it is taken: whoever has it looks again before leaving.
        """
        with self._lock:
            if self._closed:
                return False
            is_free = conversation_id not in self._open
            self._open[conversation_id] = not is_free
            return is_free

    def drive(self, conversation_id: str) -> None:
        """Run turns until none waits."""
        try:
            while not self._closed:
                if self._turns.run_next(conversation_id):
                    continue
                if self.leave(conversation_id):
                    return
        except BaseException:
            self.drop(conversation_id)
            raise

    def go_on(self, conversation_id: str) -> None:
        """As `drive`, soon, on a lane's thread."""
        self._start(lambda: self.drive(conversation_id))

    def leave(self, conversation_id: str) -> bool:
        """Give the lane back; False, and still ours, if something came meanwhile."""
        with self._lock:
            if not self._open[conversation_id]:
                del self._open[conversation_id]
                return True
            self._open[conversation_id] = False
            return False

    def drop(self, conversation_id: str) -> None:
        """Give the lane back after a fault, whatever came meanwhile: the sweep sees to it."""
        with self._lock:
            self._open.pop(conversation_id, None)

    def close(self) -> None:
        """Let the running turns end, start none."""
        with self._lock:
            self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _start(self, work: Callable[[], None]) -> None:
        """Nothing is done when closed."""
        with self._lock:
            if self._closed:
                return
            started = self._pool.submit(work)
        started.add_done_callback(log_fault)
