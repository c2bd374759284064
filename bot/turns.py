"""One turn of a conversation inside Rasa: parse once, run the actions, save, answer.

Does what rasa.core.processor.MessageProcessor.handle_message does, with the tracker in hand: a
message that was already handled is answered from the tracker, and a turn in which an action
broke leaves no trace, so that it can be tried again.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot import remote_actions, replies
from bot.answers import RANKED, answer_to, ranking
from bot.classifier import ON_WORDS_ALONE, RANKING, UNDERSTANDING
from bot.errors import NotReady, Refused
from bot.history import applied_events
from bot.loop import Loop
from bot.payloads import parse_of, read_payload, safe_text
from bot.tracker_store import CarelineTrackerStore

CHANNEL = "careline"
# Rasa would look once a second whether the conversation is free again.
LOOK_EVERY_SECONDS = 0.05


class Collecting(CollectingOutputChannel):
    """Replies are read from the tracker; this only gives the channel its name."""

    @classmethod
    def name(cls) -> str:
        return CHANNEL


@dataclass(frozen=True)
class Said:
    """What a customer sent: words or a pressed button, never both."""

    conversation: str
    message_id: str
    text: str | None = None
    payload: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Happened:
    """Something that happened outside and is told to the conversation as an intent."""

    conversation: str
    intent: str
    entities: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    message_id: str = field(default_factory=lambda: uuid.uuid4().hex)


def ready(agent: Agent | None) -> MessageProcessor:
    """The agent's processor, with our store and our action calls; raises NotReady without one."""
    if agent is None or agent.processor is None:
        raise NotReady
    processor = agent.processor
    if isinstance(agent.tracker_store, FailSafeTrackerStore):
        # It would go on in memory when the store fails and call that success: we want the error.
        agent.tracker_store = agent.tracker_store._tracker_store
        processor.tracker_store = agent.tracker_store
    endpoint = processor.action_endpoint
    if endpoint is not None and not isinstance(endpoint, remote_actions.KeptOpen):
        processor.action_endpoint = remote_actions.KeptOpen.like(endpoint)
    return processor


async def is_on_words_alone(processor: MessageProcessor) -> bool:
    """Whether messages are read without the sentence encoder; seen by reading one."""
    parse = await processor.parse_message(UserMessage("hello"))
    return bool((parse.get(UNDERSTANDING) or {}).get(ON_WORDS_ALONE))


def _loop(processor: MessageProcessor) -> Loop:
    """The processor's loop; a reloaded model comes with a processor of its own."""
    loop = getattr(processor, "careline_loop", None)
    if loop is None:
        loop = processor.careline_loop = Loop(processor)
    return loop


async def close(agent: Agent | None) -> None:
    """Give back the connections that `ready` keeps open."""
    endpoint = agent.processor.action_endpoint if agent and agent.processor else None
    if isinstance(endpoint, remote_actions.KeptOpen):
        await endpoint.close()


@contextlib.asynccontextmanager
async def locked(agent: Agent, conversation: str) -> AsyncIterator[None]:
    async with agent.lock_store.lock(conversation, wait_time_in_seconds=LOOK_EVERY_SECONDS):
        yield


async def take_turn(agent: Agent | None, said: Said) -> dict[str, Any]:
    """Answer a message; asked again with the same id, give the same answer."""
    processor = ready(agent)
    assert agent is not None
    async with locked(agent, said.conversation):
        tracker = await processor.get_tracker(said.conversation)
        before = answer_to(tracker, said.message_id, repeated=True)
        if before is not None:
            return before
        loop = _loop(processor)
        parse = await _parse(processor, said)
        output = Collecting()
        await _begin_session(processor, tracker, output, said.metadata)
        _leave_what_was_open(tracker, said)
        parse = await _read_as_reply(processor, said, parse, tracker.active_loop_name)
        message = UserMessage(
            parse["text"],
            output,
            said.conversation,
            parse_data=parse,
            input_channel=CHANNEL,
            message_id=said.message_id,
            metadata=_noted(said.metadata, parse),
        )
        await processor._handle_message_with_tracker(message, tracker)
        return await _act(processor, loop, tracker, output, said.message_id)


async def tell(agent: Agent | None, happened: Happened) -> dict[str, Any]:
    """Let the conversation act on something that happened outside; answered like a message."""
    processor = ready(agent)
    assert agent is not None
    if happened.intent not in processor.domain.intents:
        raise Refused("unknown_intent", f"no intent {happened.intent!r}", field="intent")
    async with locked(agent, happened.conversation):
        tracker = await processor.get_tracker(happened.conversation)
        before = answer_to(tracker, happened.message_id, repeated=True)
        if before is not None:
            return before
        output = Collecting()
        await _begin_session(processor, tracker, output, happened.metadata)
        parse = parse_of(f"EXTERNAL: {happened.intent}", happened.intent, happened.entities)
        event = UserUttered(
            parse["text"],
            parse["intent"],
            parse["entities"],
            parse,
            input_channel=CHANNEL,
            message_id=happened.message_id,
            metadata={**happened.metadata, "is_external": True},
        )
        tracker.update(event, processor.domain)
        return await _act(processor, _loop(processor), tracker, output, happened.message_id)


async def _begin_session(
    processor: MessageProcessor,
    tracker: DialogueStateTracker,
    output: Collecting,
    metadata: dict[str, Any],
) -> None:
    """As Rasa does it; where no session ends by itself, only the first message begins one."""
    if processor.domain.session_config.are_sessions_enabled() or not applied_events(tracker):
        await processor._update_tracker_session(tracker, output, metadata)


async def _act(
    processor: MessageProcessor, loop: Loop, tracker: Any, output: Collecting, message_id: str
) -> dict[str, Any]:
    with remote_actions.failures_end_the_turn():
        await loop.run(tracker, output)
    answer = answer_to(tracker, message_id, repeated=False)
    assert answer is not None  # the message is in the tracker: we put it there
    await processor.save_tracker(tracker)
    return answer


async def _parse(processor: MessageProcessor, said: Said) -> dict[str, Any]:
    """The reading of the message; kept short, since it stays in the tracker and travels."""
    if said.payload is not None:
        return read_payload(said.payload, processor.domain.intents)
    if not (said.text or "").strip() and said.metadata.get("attachments"):
        return parse_of("", "inform", {})  # a photo without a word is a fact given
    words = safe_text(said.text or "", processor.domain.intents)
    parse = await processor.parse_message(UserMessage(words))
    parse[RANKING] = parse.get(RANKING, [])[: RANKED + 1]
    return dict(parse)


def _leave_what_was_open(tracker: DialogueStateTracker, said: Said) -> None:
    """The last thing said was a touch: the question of an older form is not what they answer."""
    touch = said.metadata.get("touch")
    if touch and touch.get("is_last") and tracker.active_loop_name:
        tracker.update(ActiveLoop(None))
        tracker.update(SlotSet(REQUESTED_SLOT, None))
        tracker.update(SlotSet("task", None))


async def _read_as_reply(
    processor: MessageProcessor, said: Said, parse: dict[str, Any], form: str | None
) -> dict[str, Any]:
    """After a touch words mean what they mean there; in another form they answer its question."""
    touch = said.metadata.get("touch")
    if not touch or said.payload is not None or form not in (None, replies.RATING_FORM):
        return parse
    reply = replies.read_reply(said.text or "", touch, rating_is_asked=form == replies.RATING_FORM)
    if reply is not None:
        beside = await _beside(processor, reply.rest) if reply.rest else None
        certain = {"name": replies.RATING, "confidence": 1.0}
        others = [r for r in parse.get(RANKING, []) if r["name"] != replies.RATING]
        return {
            **parse,
            "intent": certain,
            RANKING: [certain, *others],
            "reply": {**reply.as_dict(), "beside": beside},
        }
    if form is None and replies.asks_why_we_write(said.text or ""):
        question = {"name": replies.QUESTION, "confidence": 1.0}
        return {**parse, "intent": question, RANKING: [question, *parse.get(RANKING, [])]}
    ask_above = (parse.get(UNDERSTANDING) or {}).get("thresholds", {}).get("ask_above", 1.0)
    expected = replies.expected_intent(parse.get(RANKING, []), touch, ask_above)
    if form is not None or expected in (None, parse["intent"]["name"]):
        return parse
    first = next(r for r in parse[RANKING] if r["name"] == expected)
    behind = [r for r in parse[RANKING] if r["name"] not in (expected, "nlu_fallback")]
    return {**parse, "intent": first, RANKING: [first, *behind]}


async def _beside(processor: MessageProcessor, words: str) -> str | None:
    """What was asked for beside a score; None if it only says why."""
    parse = await processor.parse_message(UserMessage(words))
    name = parse["intent"]["name"]
    return None if name == "nlu_fallback" else str(name)


def _noted(metadata: dict[str, Any], parse: dict[str, Any]) -> dict[str, Any]:
    """What actions may want to know of the reading, beside what the application sent."""
    reading = parse.get(UNDERSTANDING) or {}
    return {
        **metadata,
        "ranking": ranking(parse),
        "requests": reading.get("requests", []),
        "thresholds": reading.get("thresholds", {}),
        **({"reply": parse["reply"]} if "reply" in parse else {}),
    }


async def export(agent: Agent | None, conversation: str) -> list[dict[str, Any]]:
    """Everything the tracker store holds of a conversation."""
    return _store(agent).events_of(conversation)


async def erase(agent: Agent | None, conversation: str) -> int:
    """Forget a conversation; how many events it had. Waits for a turn under way."""
    store = _store(agent)
    assert agent is not None
    async with locked(agent, conversation):
        return store.erase(conversation)


def _store(agent: Agent | None) -> CarelineTrackerStore:
    store = ready(agent).tracker_store
    if not isinstance(store, CarelineTrackerStore):
        raise Refused("wrong_store", "endpoints.yml must name bot.tracker_store", status=501)
    return store
