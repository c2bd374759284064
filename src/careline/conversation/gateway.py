"""The door that every channel uses: take a message in, and see to it that it gets an answer."""

from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Required, TypedDict, Unpack

from sqlalchemy.orm import Session

from careline.conversation.claims import Claim
from careline.conversation.lanes import Lanes, Turns
from careline.conversation.notify import Hub
from careline.conversation.ports import Question
from careline.conversation.receive import Received, receive
from careline.conversation.turn import Finished, claimed_first
from careline.conversation.turn_loop import TurnLoop
from careline.conversation.underway import Underway
from careline.journey.emotion import emotion_of
from careline.journey.words import Emotion, TurnState
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.units import Units
from careline.service.policies import Policies

TURNS_AT_ONCE = 64  # asked of the assistant; the messages of more wait in the record for a lane
WRITERS = 4  # threads that write such messages down


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
        self._loop = TurnLoop(TURNS_AT_ONCE, turns.leave_loop)
        self._units = Units(database)
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
        """The same from an event loop, whose caller waits for as much as it wants to hear."""
        underway = Underway()
        if not self._loop.start(lambda: self._exchange(underway, said)):
            self._writers.submit(self._take_in_late, underway, said)
        return underway

    @asynccontextmanager
    async def turns_here(self) -> AsyncIterator[None]:
        """Turns run on this loop instead of a thread's; those that run are let end."""
        self._loop.adopt()
        try:
            yield
        finally:
            await self._loop.end()

    def close(self) -> None:
        self._loop.close()
        self._units.close()
        self._writers.shutdown()

    async def _exchange(self, underway: Underway, said: Said) -> None:
        conversation_id = said["conversation_id"]
        has_lane = self._lanes.enter(conversation_id)
        claim = self._turns.claim() if has_lane else None
        felt = _felt(said)
        try:
            received = await self._units.run(
                lambda session: self._receive(session, said, felt, claim)
            )
        except BaseException as error:
            if has_lane:
                self._give_back(conversation_id)
            if not isinstance(error, Exception):
                raise
            underway.tell_refused(error)
            return
        underway.tell_written(received)
        self.hub.nudge(conversation_id)
        question = claimed_first(received)
        finished = None
        try:
            if has_lane and question is not None:
                finished = await self._answered(question)
            elif has_lane and received.message.turn_state == TurnState.WAITING:
                self._lanes.go_on(conversation_id)
            elif has_lane:
                self._give_back(conversation_id)
            elif received.message.turn_state == TurnState.WAITING:
                self._lanes.submit(conversation_id)
        finally:
            underway.tell_answered(finished)

    async def _answered(self, question: Question) -> Finished:
        """Its lane is left before anybody hears of it, so that the next message finds it free."""
        conversation_id = question.conversation_id
        try:
            finished = await self._turns.run_on_loop(question, self._units)
        except BaseException:
            self._lanes.drop(conversation_id)
            raise
        if finished.more:
            self._lanes.go_on(conversation_id)
        else:
            self._give_back(conversation_id)
        return finished

    def _give_back(self, conversation_id: str) -> None:
        if not self._lanes.leave(conversation_id):
            self._lanes.go_on(conversation_id)

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
