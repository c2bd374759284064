"""Run turns: one at a time and in order within a conversation, different ones in parallel."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy.exc import OperationalError

from careline.conversation import turn
from careline.conversation.claims import Holder
from careline.conversation.notify import Hub
from careline.conversation.ports import ActionFailed, Assistant, AssistantUnavailable, Question
from careline.conversation.turn import Limits, Nothing
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.logging import get_logger
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
    ) -> None:
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
        self._at_step("claimed")
        self._hub.typing(conversation_id, True)
        try:
            return self._ask(claimed)
        finally:
            self._hub.typing(conversation_id, False)
            self._hub.nudge(conversation_id)

    def _ask(self, question: Question) -> bool:
        try:
            answer = self._assistant.ask(question)
        except AssistantUnavailable as error:
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
        except ActionFailed as error:
            log.error("turn.action_failed", message=question.message_id, action=error.action)
            self._at_step("asked")
            with self._database.begin() as session:
                turn.action_failed(
                    session, self._clock.now(), question, error.action, policies=self._policies
                )
        else:
            self._at_step("asked")
            with self._database.begin() as session:
                more = turn.finish(session, self._clock.now(), question, answer)
            self._at_step("answered")
            return more
        self._at_step("answered")
        return True

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
        with self._lock:
            if self._closed:
                return
            if conversation_id in self._open:
                self._open[conversation_id] = True
                return
            self._open[conversation_id] = False
            self._pool.submit(self._drive, conversation_id).add_done_callback(_log_fault)

    def submit_due(self) -> int:
        """All conversations with a turn that is due; the sweep after crashes and for retries."""
        due = self._turns.due()
        for conversation_id in due:
            self.submit(conversation_id)
        return len(due)

    def close(self) -> None:
        """Let the running turns end, start none."""
        with self._lock:
            self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _drive(self, conversation_id: str) -> None:
        try:
            while not self._closed:
                if self._turns.run_next(conversation_id):
                    continue
                with self._lock:
                    if not self._open[conversation_id]:
                        del self._open[conversation_id]
                        return
                    self._open[conversation_id] = False
        except BaseException:
            with self._lock:
                self._open.pop(conversation_id, None)
            raise


def _log_fault(done: "Future[None]") -> None:
    """A fault in a lane is seen in the log; the sweep comes back to the conversation."""
    if done.cancelled():
        return
    error = done.exception()
    if isinstance(error, OperationalError):
        log.warning("turn.database_busy", why=str(error.orig))
    elif error is not None:
        log.error("turn.fault", exc_info=error)
