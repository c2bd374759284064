"""Our prediction loop writes the events that Rasa's own would have written."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot import remote_actions
from bot.history import applied_events, fork, last_states
from bot.loop import Loop
from bot.payloads import parse_of

DOMAIN = """
version: "3.1"
intents: [greet, faulty, refund, aside, stop, thanks, unknown]
entities: [number]
slots:
  item: {type: any, mappings: [{type: custom}]}
  wish: {type: any, mappings: [{type: custom}]}
  number: {type: any, mappings: [{type: from_entity, entity: number}]}
  mood: {type: text, influence_conversation: true, mappings: [{type: custom}]}
forms:
  faulty_form: {required_slots: [item, wish]}
  refund_form: {required_slots: [item]}
responses:
  utter_greet: [{text: "Hello"}]
  utter_aside: [{text: "By the way"}]
  utter_stopped: [{text: "Stopped"}]
  utter_thanks: [{text: "You are welcome"}]
  utter_again: [{text: "Thanks again"}]
  utter_default: [{text: "Sorry?"}]
actions: [validate_faulty_form, validate_refund_form, action_settle, action_follow, utter_again]
session_config: {session_expiration_time: 0, carry_over_slots_to_new_session: true}
"""
RULES = """
version: "3.1"
rules:
  - rule: greet
    steps: [{intent: greet}, {action: utter_greet}]
  - rule: faulty starts
    steps: [{intent: faulty}, {action: faulty_form}, {active_loop: faulty_form}]
  - rule: faulty ends
    condition: [{active_loop: faulty_form}]
    steps:
      - action: faulty_form
      - active_loop: null
      - slot_was_set: [{requested_slot: null}]
      - action: action_settle
  - rule: refund starts
    steps: [{intent: refund}, {action: refund_form}, {active_loop: refund_form}]
  - rule: refund ends
    condition: [{active_loop: refund_form}]
    steps:
      - action: refund_form
      - active_loop: null
      - slot_was_set: [{requested_slot: null}]
      - action: action_follow
  - rule: an aside
    steps: [{intent: aside}, {action: utter_aside}]
  - rule: an aside inside a form, and back
    condition: [{active_loop: faulty_form}]
    steps:
      - intent: aside
      - action: utter_aside
      - action: faulty_form
      - active_loop: faulty_form
  - rule: stop inside a form
    condition: [{active_loop: faulty_form}]
    steps:
      - intent: stop
      - action: utter_stopped
      - action: action_deactivate_loop
      - active_loop: null
"""
STORIES = """
version: "3.1"
stories:
  - story: thanked twice
    steps:
      - intent: thanks
      - action: utter_thanks
      - intent: thanks
      - action: utter_again
  - story: thanked once
    steps: [{intent: thanks}, {action: utter_thanks}]
"""
INTENTS = ("greet", "faulty", "refund", "aside", "stop", "thanks", "unknown")


class Actions(EndpointConfig):
    """Answers by what is asked alone, so that both sides hear the same."""

    def __init__(self) -> None:
        super().__init__("http://actions.example")

    async def request(self, *_: Any, json: dict[str, Any], **__: Any) -> Any:
        name, tracker = json["next_action"], json["tracker"]
        intent, slots = tracker["latest_message"]["intent"]["name"], tracker["slots"]
        if name.startswith("validate_") and intent in {"aside", "stop"}:
            body = f'{{"action_name": "{name}", "error": "not for me"}}'
            raise ClientResponseError(400, "declined", body)
        events = []
        if name == "validate_faulty_form":
            # One thing a turn: the item, then the wish, then it ends by itself.
            unknown = next((s for s in ("item", "wish") if slots[s] is None), None)
            events = [slot(unknown, intent)] if unknown else [slot("requested_slot", None)]
        elif name == "validate_refund_form":
            events = [slot("item", intent), slot("requested_slot", None)]
        elif name == "action_settle":
            events = [slot("item", None), slot("wish", None), slot("mood", "content")]
        elif name == "action_follow":
            events = [slot("item", None), {"event": "followup", "name": "utter_greet"}]
        return {"events": events, "responses": [{"text": f"{name} heard {intent}"}]}


def slot(name: str | None, value: Any) -> dict[str, Any]:
    return {"event": "slot", "name": name, "value": value, "timestamp": None}


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> tuple[Agent, Agent]:
    """The same model twice: for Rasa's loop and for ours."""
    from rasa.model_training import train

    remote_actions.install()
    folder = tmp_path_factory.mktemp("loops")
    for name, text in (("domain", DOMAIN), ("rules", RULES), ("stories", STORIES)):
        (folder / f"{name}.yml").write_text(text)
    # The project's policies; nothing is read here, so there is no pipeline.
    policies = (ROOT / "config.yml").read_text().partition("policies:")[2]
    config = f"recipe: default.v1\nassistant_id: loops\nlanguage: en\npolicies:{policies}"
    (folder / "config.yml").write_text(config)
    trained = train(
        domain=str(folder / "domain.yml"),
        config=str(folder / "config.yml"),
        training_files=[str(folder / "rules.yml"), str(folder / "stories.yml")],
        output=str(folder),
        fixed_model_name="loops",
    )
    endpoints = AvailableEndpoints(action=Actions())
    return tuple(  # type: ignore[return-value]
        asyncio.run(load_agent(model_path=str(Path(trained.model)), endpoints=endpoints))
        for _ in range(2)
    )


def message(intent: str, output: CollectingOutputChannel) -> UserMessage:
    entities = {"number": "7"} if intent == "unknown" else {}
    parse = parse_of(f"say {intent}", intent, entities)
    return UserMessage(parse["text"], output, "someone", parse_data=parse, message_id=intent)


async def by_rasa(agent: Agent, intents: tuple[str, ...]) -> DialogueStateTracker:
    processor, output = agent.processor, CollectingOutputChannel()
    assert processor is not None
    tracker = await processor.get_tracker("someone")
    await processor._update_tracker_session(tracker, output, {})
    for intent in intents:
        await processor._handle_message_with_tracker(message(intent, output), tracker)
        tracker = await processor.run_action_extract_slots(output, tracker)
        await processor._run_prediction_loop(output, tracker)
    return tracker


async def by_ours(agent: Agent, intents: tuple[str, ...]) -> DialogueStateTracker:
    processor, output = agent.processor, CollectingOutputChannel()
    assert processor is not None
    loop = Loop(processor)
    tracker = await processor.get_tracker("someone")
    await processor._update_tracker_session(tracker, output, {})
    for intent in intents:
        await processor._handle_message_with_tracker(message(intent, output), tracker)
        await loop.run(tracker, output)
    return tracker


def written(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    """The events without their times and the model's name."""
    return [
        {key: value for key, value in event.as_dict().items() if key not in {"timestamp"}}
        for event in tracker.events
    ]


TALKS = [
    ("faulty", "aside", "greet", "thanks", "greet"),
    ("faulty", "stop", "faulty", "greet", "greet", "greet"),
    ("refund", "refund", "thanks"),
    ("thanks", "thanks", "thanks"),
    ("unknown", "faulty", "unknown", "aside", "aside", "unknown"),
    *[tuple(random.Random(seed).choices(INTENTS, k=9)) for seed in range(40)],
]


@pytest.mark.parametrize("intents", TALKS, ids=["-".join(talk) for talk in TALKS])
def test_both_loops_write_the_same_events(agents, intents):
    rasa_agent, our_agent = agents
    theirs = asyncio.run(by_rasa(rasa_agent, intents))
    ours = asyncio.run(by_ours(our_agent, intents))
    assert written(ours) == written(theirs)
    assert ours.current_slot_values() == theirs.current_slot_values()
    assert ours.active_loop == theirs.active_loop


def test_the_talks_above_reach_forms_refusals_followups_and_stories(agents):
    """Else the comparison would compare nothing."""
    events = [
        event.as_dict()
        for talk in TALKS[:5]
        for event in asyncio.run(by_ours(agents[1], talk)).events
    ]
    kinds = {event["event"] for event in events}
    assert {"active_loop", "action_execution_rejected", "slot"} <= kinds
    actions = {event.get("name") for event in events if event["event"] == "action"}
    assert {"action_settle", "action_follow", "utter_again", "action_default_fallback"} <= actions


@pytest.mark.parametrize("intents", TALKS[:9])
def test_the_past_is_told_as_by_rasa(agents, intents):
    agent = agents[1]
    tracker, domain = asyncio.run(by_ours(agent, intents)), agent.processor.domain
    while tracker.events:
        assert applied_events(tracker) == tracker.applied_events()
        of_rasa = tracker.past_states(domain)
        for count in (1, 3, len(of_rasa) + 1):
            assert last_states(tracker, domain, count) == of_rasa[-count:]
        tracker.events.pop()


def test_an_action_that_never_ends_is_stopped(agents, monkeypatch):
    agent = agents[1]

    async def endless(self: Actions, *_: Any, json: dict[str, Any], **__: Any) -> Any:
        return {"events": [{"event": "followup", "name": "action_follow"}], "responses": []}

    monkeypatch.setattr(Actions, "request", endless)
    tracker = DialogueStateTracker("someone", agent.processor.domain.slots)
    output = CollectingOutputChannel()
    parse = parse_of("x", "refund", {})
    tracker.update(UserUttered("x", parse["intent"], parse_data=parse))
    tracker.trigger_followup_action("action_follow")
    asyncio.run(Loop(agent.processor).run(tracker, output))
    ran = [event for event in tracker.events if isinstance(event, ActionExecuted)]
    assert len(ran) == agent.processor.max_number_of_predictions


def test_a_fork_goes_its_own_way(agents):
    tracker = asyncio.run(by_ours(agents[1], ("faulty",)))
    before, slots = list(tracker.events), tracker.current_slot_values()
    loop_before = (tracker.active_loop.name, tracker.active_loop.rejected)
    other = fork(tracker)
    other.update(BotUttered("only there"))
    other._set_slot("item", "only there")
    other.reject_action("faulty_form")
    other.trigger_followup_action("utter_greet")
    assert list(tracker.events) == before
    assert tracker.current_slot_values() == slots
    assert (tracker.active_loop.name, tracker.active_loop.rejected) == loop_before
    assert tracker.followup_action != "utter_greet"
