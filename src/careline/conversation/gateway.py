"""The door that every channel uses: take a message in, and see to it that it gets an answer."""

from collections.abc import Sequence

from careline.conversation.lanes import Lanes
from careline.conversation.notify import Hub
from careline.conversation.receive import Received, receive
from careline.journey.words import TurnState
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.service.policies import Policies


class Gateway:
    def __init__(
        self,
        database: Database,
        lanes: Lanes,
        hub: Hub,
        policies: Policies,
        clock: Clock,
        secret: str,
    ) -> None:
        self.database = database
        self.hub = hub
        self.clock = clock
        self._lanes = lanes
        self._policies = policies
        self._secret = secret  # of the one-time codes' hashes

    def take_in(
        self,
        *,
        conversation_id: str,
        provider_id: str,
        text: str = "",
        payload: str | None = None,
        attachments: Sequence[str] = (),
    ) -> Received:
        """Commit the message, then start its turn; returns before the turn is done."""
        with self.database.begin() as session:
            received = receive(
                session,
                self.clock.now(),
                conversation_id=conversation_id,
                provider_id=provider_id,
                text=text,
                payload=payload,
                attachments=attachments,
                policies=self._policies,
                secret=self._secret,
            )
        if received.message.turn_state == TurnState.WAITING:
            self._lanes.submit(conversation_id)
        self.hub.nudge(conversation_id)
        return received
