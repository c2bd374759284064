"""What a turn needs of an assistant: ask it, hear its replies, or learn why there are none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True)
class Question:
    conversation_id: str
    message_id: str  # asked again with the same id, the assistant gives its first answer
    text: str
    payload: str | None = None  # the button that was pressed, instead of text
    metadata: Mapping[str, Any] = field(default_factory=dict)
    happened: str | None = None  # instead of both: an intent that tells of something outside


@dataclass(frozen=True)
class Reply:
    text: str = ""
    buttons: tuple[dict[str, str], ...] = ()
    card: dict[str, Any] | None = None


@dataclass(frozen=True)
class Answer:
    replies: tuple[Reply, ...]
    intent: str | None = None
    confidence: float | None = None
    understood: dict[str, Any] = field(default_factory=dict)
    repeated: bool = False  # the turn had been run before; these are its replies
    # The request in hand while a question of it stands, and the conversation that left it open.
    left_open: dict[str, Any] | None = None
    taken_up: str | None = None


class AssistantUnavailable(Exception):
    """No usable answer: no connection, too slow, a bad status, or nothing to say.

    Asking again later with the same message id is safe.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class ActionFailed(Exception):
    """The assistant answered, but one of our own actions raised on the way.

    Asking again would give the same half answer; a person must look at it.
    """

    def __init__(self, action: str) -> None:
        super().__init__(f"the action {action} raised")
        self.action = action


class Assistant(Protocol):
    def ask(self, question: Question) -> Answer:
        """Raises AssistantUnavailable or ActionFailed."""
        ...


@runtime_checkable
class AssistantOnLoop(Protocol):
    """One that can be asked on an event loop too."""

    async def ask_on_loop(self, question: Question) -> Answer:
        """Raises AssistantUnavailable or ActionFailed."""
        ...

    def leave_loop(self) -> None:
        """Close, on the loop, what was opened for it."""
        ...
