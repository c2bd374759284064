"""The door that every channel uses: take a message in, and see to it that it gets an answer."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Required, TypedDict, Unpack

from sqlalchemy.orm import Session

from careline.conversation.claims import Claim
from careline.conversation.lanes import Lanes, Turns
from careline.conversation.notify import Hub
from careline.conversation.receive import Received, receive
from careline.conversation.turn import Finished, claimed_first
from careline.conversation.underway import Underway
from careline.journey.emotion import emotion_of
from careline.journey.words import Emotion, TurnState
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.service.policies import Policies

WRITERS = 4  # threads that write messages down while all lanes wait for the assistant


class Said(TypedDict, total=False):
    conversation_id: Required[str]
    provider_id: Required[str]
    text: str
    payload: str | None
    attachments: Sequence[str]


class Gateway:
    def __init__(
        self,
        database: Database,
        turns: Turns,
        lanes: Lanes,
        hub: Hub,
        policies: Policies,
        clock: Clock,
        secret: str,
    ) -> None:
        self.database = database
        self.hub = hub
        self.clock = clock
        self._turns = turns
        self._lanes = lanes
        self._policies = policies
        self._secret = secret  # of the one-time codes' hashes
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")

    def take_in(self, **said: Unpack[Said]) -> Received:
        """Commit the message, then start its turn; returns before the turn is done."""
        felt = _felt(said)
        with self.database.begin() as session:
            received = self._receive(session, said, felt)
        if received.message.turn_state == TurnState.WAITING:
            self._lanes.submit(said["conversation_id"])
        self.hub.nudge(said["conversation_id"])
        return received

    def take_in_aside(self, **said: Unpack[Said]) -> Underway:
        """The same from the event loop: one thread commits the message and runs its turn."""
        underway = Underway()
        if not self._lanes.spare(lambda: self._exchange(underway, said)):
            self._writers.submit(self._take_in_late, underway, said)
        return underway

    def close(self) -> None:
        self._writers.shutdown()

    def _exchange(self, underway: Underway, said: Said) -> None:
        conversation_id = said["conversation_id"]
        has_lane = self._lanes.enter(conversation_id)
        claim = self._turns.claim() if has_lane else None
        felt = _felt(said)
        try:
            with self.database.begin() as session:
                received = self._receive(session, said, felt, claim)
        except BaseException as error:
            if has_lane and not self._lanes.leave(conversation_id):
                self._lanes.drive(conversation_id)
            if not isinstance(error, Exception):
                raise
            underway.tell_refused(error)
            return
        underway.tell_written(received)
        self.hub.nudge(conversation_id)
        question = claimed_first(received)
        is_told = False

        def tell(finished: Finished) -> None:
            nonlocal is_told
            is_told = True
            underway.tell_answered(finished)

        try:
            if not has_lane:
                if received.message.turn_state == TurnState.WAITING:
                    self._lanes.submit(conversation_id)
            elif question or received.message.turn_state == TurnState.WAITING:
                self._lanes.drive(conversation_id, question, tell)
            elif not self._lanes.leave(conversation_id):
                self._lanes.drive(conversation_id)
        finally:
            if not is_told:
                underway.tell_answered(None)

    def _take_in_late(self, underway: Underway, said: Said) -> None:
        try:
            received = self.take_in(**said)
        except Exception as error:  # noqa: BLE001 - it is raised where somebody waits
            underway.tell_refused(error)
            return
        underway.tell_written(received)
        underway.tell_answered(None)

    def _receive(
        self, session: Session, said: Said, felt: Emotion | None, claim: Claim | None = None
    ) -> Received:
        return receive(
            session,
            self.clock.now(),
            policies=self._policies,
            secret=self._secret,
            felt=felt,
            claim=claim,
            **said,
        )


def _felt(said: Said) -> Emotion | None:
    """Read before the record is held for writing; None where a button's title is the text."""
    text = said.get("text", "")
    return emotion_of(text).emotion if text else None
