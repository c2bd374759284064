"""Rasa's prediction loop, without what Rasa does again at every step.

The decisions are those of the trained policies, and the events are those that
rasa.core.processor.MessageProcessor would have written (tests/bot/test_loop.py holds the two
beside each other). What is left out: planning the graph, policies that a sure rule overrules,
replaying the whole conversation to copy it, and deep copies for log lines that nobody reads.
"""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from rasa.core.actions.action import (
    Action,
    ActionExecutionRejection,
    ActionListen,
    action_for_name_or_text,
)
from rasa.core.actions.forms import FormAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import (
    ACTION_EXTRACT_SLOTS,
    ACTION_LISTEN_NAME,
    ACTION_VALIDATE_SLOT_MAPPINGS,
    DEFAULT_SLOT_NAMES,
    FOLLOWUP_ACTION,
    REQUESTED_SLOT,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    DefinePrevUserUtteredFeaturization,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot import quick_json
from bot.history import fork, last_states
from bot.runner import StraightRunner

logger = logging.getLogger(__name__)

USER_TEXT = '"text"'  # in a rule's key: a rule that matches words, not intents
REMEMBERED = 5000  # answers of the rules; one is some hundred bytes


class QuickForm(FormAction):
    """Rasa's form; its temporary trackers are forks, and nothing is copied for the log."""

    def _temporary_tracker(
        self, current_tracker: DialogueStateTracker, additional_events: list[Event], domain: Domain
    ) -> DialogueStateTracker:
        temporary = fork(current_tracker)
        for event in (
            SlotSet(REQUESTED_SLOT, self.get_slot_to_fill(current_tracker)),
            ActionExecuted(self.name()),
            *additional_events,
        ):
            temporary.update(event)
        return temporary

    async def _activate_loop(
        self, output_channel: Any, nlg: Any, tracker: DialogueStateTracker, domain: Domain
    ) -> list[Event]:
        events: list[Event] = self._default_activation_events()
        temporary = fork(tracker)
        temporary.update_with_events(events, domain)
        return events + await self.activate(output_channel, nlg, temporary, domain)

    async def _validate_if_required(
        self, tracker: DialogueStateTracker, domain: Domain, output_channel: Any, nlg: Any
    ) -> list[Event]:
        comes_back = tracker.active_loop and (
            tracker.latest_action_name != ACTION_LISTEN_NAME or tracker.is_active_loop_interrupted
        )
        if comes_back:
            return list(await self.validate_slots({}, tracker, domain, output_channel, nlg))
        return list(await self.validate(tracker, domain, output_channel, nlg))


class Loop:
    """The loop for one loaded model; make it once, and again when the model is another."""

    def __init__(self, processor: MessageProcessor) -> None:
        runner = processor.graph_runner
        if not isinstance(runner, StraightRunner):
            runner = processor.graph_runner = StraightRunner.like(runner)
        components = [node._component for node in runner.nodes.values()]
        self._processor = processor
        self._domain = processor.domain
        self._nlg = processor.nlg
        self._policies = [one for one in components if isinstance(one, Policy)]
        self._rules = next((one for one in self._policies if isinstance(one, RulePolicy)), None)
        self._ensemble = next(
            one for one in components if isinstance(one, DefaultPolicyPredictionEnsemble)
        )
        if self._rules is not None:
            _ask_rules_once(self._rules)
        is_empty = self._domain.is_empty()
        # Each message asks; Rasa would build an empty domain each time, to compare.
        self._domain.is_empty = lambda: is_empty
        self._actions: dict[str, Action] = {}
        self._extracts = _extracts_slots(self._domain)

    async def run(self, tracker: DialogueStateTracker, output: OutputChannel) -> None:
        """Act on the latest message until the bot listens again."""
        await self._extract_slots(tracker, output)
        for _ in range(self._processor.max_number_of_predictions):
            if not self._processor._should_handle_message(tracker):
                return
            prediction = self._predict(tracker)
            name = self._domain.action_names_or_texts[prediction.max_confidence_index]
            action = self._action(name)
            if isinstance(action, ActionListen):
                self._log(tracker, action, [], prediction)
                return
            await self._act(tracker, output, action, prediction)
        logger.warning("stopped after too many actions in one turn of %s", tracker.sender_id)

    async def _extract_slots(self, tracker: DialogueStateTracker, output: OutputChannel) -> None:
        if self._extracts:
            events = await self._action(ACTION_EXTRACT_SLOTS).run(
                output, self._nlg, tracker, self._domain
            )
            tracker.update_with_events(events, self._domain)

    def _predict(self, tracker: DialogueStateTracker) -> PolicyPrediction:
        followup = tracker.followup_action
        if followup:
            tracker.clear_followup_action()
            if followup in self._domain.action_names_or_texts:
                return PolicyPrediction.for_action_name(self._domain, followup, FOLLOWUP_ACTION)
            logger.error("an action asked to be followed by %r, which does not exist", followup)
        if self._rules is None:
            return self._ensemble.combine_predictions(
                [self._ask(one, tracker) for one in self._policies], tracker, self._domain
            )
        first = self._ask(self._rules, tracker)
        # A sure rule is the best there can be, unless the action it names has just refused.
        if first.max_confidence >= 1.0 and not _refused(tracker):
            return _alone(first, tracker)
        others = [self._ask(one, tracker) for one in self._policies if one is not self._rules]
        return self._ensemble.combine_predictions([first, *others], tracker, self._domain)

    def _ask(self, policy: Policy, tracker: DialogueStateTracker) -> PolicyPrediction:
        only = self._rules._get_rule_only_data() if self._rules else None
        return policy.predict_action_probabilities(tracker, self._domain, rule_only_data=only)

    async def _act(
        self,
        tracker: DialogueStateTracker,
        output: OutputChannel,
        action: Action,
        prediction: PolicyPrediction,
    ) -> None:
        # The action sees the prediction's events; the tracker keeps them if it does not refuse.
        seen = fork(tracker)
        seen.update_with_events(prediction.events, self._domain)
        try:
            events = await action.run(output, self._nlg, seen, self._domain) or []
        except ActionExecutionRejection:
            tracker.update(
                ActionExecutionRejected(
                    action.name(), prediction.policy_name, prediction.max_confidence
                )
            )
            return
        self._log(tracker, action, events, prediction)
        if any(isinstance(event, UserUttered) for event in events):
            await self._extract_slots(tracker, output)

    def _log(
        self,
        tracker: DialogueStateTracker,
        action: Action,
        events: Sequence[Event],
        prediction: PolicyPrediction,
    ) -> None:
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            tracker.update_with_events(prediction.events, self._domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(list(events), self._domain)

    def _action(self, name: str) -> Action:
        if name not in self._actions:
            endpoint = self._processor.action_endpoint
            action = action_for_name_or_text(name, self._domain, endpoint)
            if type(action) is FormAction:
                action = QuickForm(name, endpoint)
            self._actions[name] = action
        return self._actions[name]


def _alone(prediction: PolicyPrediction, tracker: DialogueStateTracker) -> PolicyPrediction:
    """What the ensemble makes of a prediction that has no rivals."""
    events = [*prediction.events, *prediction.optional_events]
    if tracker.latest_action_name == ACTION_LISTEN_NAME:
        events.append(DefinePrevUserUtteredFeaturization(prediction.is_end_to_end_prediction))
    return PolicyPrediction(
        prediction.probabilities,
        prediction.policy_name,
        prediction.policy_priority,
        events,
        is_end_to_end_prediction=prediction.is_end_to_end_prediction,
        is_no_user_prediction=prediction.is_no_user_prediction,
        diagnostic_data=prediction.diagnostic_data,
        hide_rule_turn=prediction.hide_rule_turn,
        action_metadata=prediction.action_metadata,
    )


def _ask_rules_once(rules: RulePolicy) -> None:
    """The rule for the same last states is the same: it need not be searched for again.

    Rules over words are looked for before those over intents; where there are none, not even that.
    """
    if any(USER_TEXT in key for key in rules.lookup[RULES]):
        return
    find = rules._find_action_from_rules
    longest = max(
        (len(json.loads(key)) for kind in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH)
         for key in rules.lookup[kind]),
        default=1,
    )  # fmt: skip
    known: OrderedDict[str, tuple[str | None, str | None, bool]] = OrderedDict()

    def find_by_intent(
        tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input:
            return None, None, False
        states = last_states(tracker, domain, longest)
        rules.featurizer._choose_last_user_input([states], use_text_for_last_user_input)
        key = quick_json.dumps([tracker.active_loop_name, states])
        found = known.get(key)
        if found is None:
            found = find(tracker, domain, use_text_for_last_user_input)
            if found[0] is None:  # names all the states as its source, not only the last ones
                return found
            known[key] = found
            if len(known) > REMEMBERED:
                known.popitem(last=False)
        return found

    rules._find_action_from_rules = find_by_intent


def _refused(tracker: DialogueStateTracker) -> bool:
    """Whether the last action did not want to run."""
    for event in reversed(tracker.events):
        if isinstance(event, (ActionExecuted, ActionExecutionRejected)):
            return isinstance(event, ActionExecutionRejected)
    return False


def _extracts_slots(domain: Domain) -> bool:
    """Whether any slot is filled from the message by Rasa itself; ours are filled by actions."""
    if ACTION_VALIDATE_SLOT_MAPPINGS in domain.user_actions:
        return True
    return any(
        mapping.get("type") != "custom" or mapping.get("action")
        for slot in domain.slots
        if slot.name not in DEFAULT_SLOT_NAMES
        for mapping in slot.mappings
    )
