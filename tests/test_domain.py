"""What is said, what is asked and what is done fit together: domain.yml, actions/ and data/."""

import re

import pytest

from actions import _ACTIONS, also_asked, bends, remedy, settle, wishes
from actions.details import Words
from actions.form import TopicForm
from actions.remedy import ChooseRemedy
from actions.settle import Settle, SettleRemedy
from actions.which_item import WhichItem
from actions.which_order import WhichOrder
from careline.journey.words import FeedbackKind, HandoverReason, Outcome
from tests.words import ROOT, calls, fields_of, first_text, training_words, whole_strings, yaml

PLAYBOOKS = ROOT / "playbooks"
DOMAIN = yaml("domain.yml")
LABELS = yaml("actions/labels.yml")
RESPONSES = DOMAIN["responses"]
INTENTS = {name for entry in DOMAIN["intents"] for name in entry}
FORMS = [action for action in _ACTIONS if issubclass(action, TopicForm)]
SETTLES = [action for action in _ACTIONS if issubclass(action, Settle)]

# What service.remedies can come to for each topic, best first or wished first.
OFFERED = {
    "wrong_item": {
        "replacement_keep", "replacement_collect", "refund_keep", "refund_collect",
    },
    "faulty": {
        "replacement_keep", "replacement_collect", "refund_keep", "refund_collect",
        "keep_item", "repair",
    },
    "missing": {"replacement", "refund", "goodwill"},
    "return": {
        "refund", "refund_after", "refund_pays", "refund_after_pays", "refund_recalled",
        "refund_recalled_after", "replacement",
    },
    "exchange": {"exchange"},
    "cancel": {"refund"},
    "billing": {"refund"},
    "change_order": set(),
    "change_address": set(),
}  # fmt: skip
OFFERED_WITHOUT_TOPIC = {"trace", "cancel", "address", "variant"}
# What a refusal can bring along: service.returns, exchange and delivery.
OFFERED_INSTEAD = {"credit", "refund", "trace", "goodwill"}
SETTLED = {
    "replacement_keep", "replacement_collect", "replacement", "refund", "refund_keep",
    "refund_collect", "return", "return_after", "return_credit", "exchange", "repair", "keep_item",
    "goodwill", "cancel", "cancel_refund", "trace", "address", "variant",
}  # fmt: skip
ORDER_STATES = {"placed", "paid", "on_its_way", "delivered", "cancelled", "returned"}
# No action says these: the conversation's own lines do, or staff who step in themselves.
HANDED_OVER = {reason.value for reason in HandoverReason} - {
    "assistant_down", "promise_broken", "taken_over",
}  # fmt: skip

MOST_SENTENCES = 3  # two, and the case number after a promise

REMEDY_FIELDS = {"item", "order", "by", "amount", "method", "wanted", "address"}
SETTLED_FIELDS = REMEDY_FIELDS | {"case", "reference", "label_url", "drop_off"}
LINE_FIELDS = {"item", "order", "when"}


def refusal_codes() -> set[str]:
    """Every code that a service function refuses with; safety is handed over at once."""
    found = {first_text(call) for call in calls("src/careline/service", "refuse")}
    found |= {first_text(call) for call in calls("src/careline/service", "_refuse_for_refund")}
    return {code for code in found if code is not None} - {"safety"}


def refusal_fields(code: str) -> set[str]:
    """The facts that come with a code, whichever function refuses with it."""
    each = [
        {keyword.arg for keyword in call.keywords if keyword.arg}
        for call in calls("src/careline/service", "refuse", "_refuse_for_refund")
        if first_text(call) == code
    ]
    spread = {"look_again": {"until", "carrier"}}  # passed on as a dictionary
    return {"item", "order"} | set.intersection(*each) | spread.get(code, set())


def form_fields() -> dict[str, set[str]]:
    """Responses that the shared steps build from the topic, and the facts that they give."""
    built: dict[str, set[str]] = {}
    for form in FORMS:
        topic = form.topic
        for step in form.steps:
            if isinstance(step, WhichItem):
                built |= {f"utter_{topic}_is_it": LINE_FIELDS, f"utter_{topic}_named": LINE_FIELDS}
                built[f"utter_{topic}_which_item"] = set()
            if isinstance(step, WhichOrder):
                built[f"utter_{topic}_no_order"] = set()
            if isinstance(step, ChooseRemedy):
                offers = {f"utter_{topic}_offer_{how}": REMEDY_FIELDS for how in OFFERED[topic]}
                built |= offers
            if isinstance(step, Words):
                built |= {step._response: set(), f"{step._response}_again": set()}
    return built


def built_responses() -> dict[str, set[str]]:
    """Every response whose name is put together, with the fields that it may hold."""
    status = {"order", "item", "carrier", "tracking", "by", "on", "placed", "late_days"}
    return {
        **form_fields(),
        **{f"utter_offer_{how}": REMEDY_FIELDS for how in OFFERED_WITHOUT_TOPIC},
        **{f"utter_instead_{how}": REMEDY_FIELDS for how in OFFERED_INSTEAD},
        **{f"utter_settled_{how}": SETTLED_FIELDS for how in SETTLED},
        **{f"utter_refused_{code}": refusal_fields(code) for code in refusal_codes()},
        **{f"utter_handover_{reason}": {"by"} for reason in HANDED_OVER},
        **{f"utter_back_{outcome}": {"name", "words"} for outcome in Outcome},
        **{f"utter_order_{state}": status for state in ORDER_STATES},
        "utter_complaint_person_or_note_again": set(),
        **{
            f"utter_go_on_with{about}": {"topic", "item", "order"}
            for about in ("", "_item", "_order")
        },
        **{f"utter_survey_scale_{kind}": set() for kind in FeedbackKind},
    }


def touches() -> set[str]:
    """What the app says itself; tests/touches/test_wording.py looks at the facts in it."""
    said = {str(yaml(f"playbooks/{file.name}")["say"]) for file in PLAYBOOKS.glob("*.yml")}
    scales = {f"utter_touch_scale_{kind}" for kind in FeedbackKind}
    return said | scales | {"utter_touch_how_to_stop"}


def named_responses() -> set[str]:
    in_code = {text for text in whole_strings("actions") if re.fullmatch(r"utter_\w+", text)}
    in_data = set(re.findall(r"action: (utter_\w+)", training_words("data/rules", "data/stories")))
    return (in_code | in_data | {"utter_default"}) - {"utter_message"}


def test_every_action_of_the_domain_is_written_and_every_written_one_is_in_the_domain() -> None:
    written = {action.name(object.__new__(action)) for action in _ACTIONS}
    assert written == set(DOMAIN["actions"])


def test_every_sentence_that_is_said_is_in_the_domain() -> None:
    said = named_responses() | set(built_responses())
    assert said - set(RESPONSES) == set()


def test_every_sentence_of_the_domain_can_be_said() -> None:
    said = named_responses() | set(built_responses()) | touches()
    assert set(RESPONSES) - said == set()


@pytest.mark.parametrize(("response", "facts"), sorted(built_responses().items()))
def test_a_sentence_holds_only_facts_that_come_with_it(response: str, facts: set[str]) -> None:
    """Rasa would show the customer a bare {field}."""
    assert fields_of(RESPONSES[response]) - facts == set()


def test_a_sentence_said_by_name_gets_its_facts() -> None:
    lacking = {}
    for call in calls("actions", "say"):
        response = first_text(call)
        given = {keyword.arg for keyword in call.keywords}
        if response not in RESPONSES or given & {None, "facts"}:
            continue
        fields = fields_of(RESPONSES[response]) - given
        if fields:
            lacking[response] = fields
    assert lacking == {}


def test_variants_of_a_sentence_hold_the_same_facts() -> None:
    of_touches = touches()
    uneven = [
        name
        for name, variants in RESPONSES.items()
        if name not in of_touches
        and len({frozenset(fields_of([variant])) for variant in variants}) > 1
    ]
    assert uneven == []


def test_no_sentence_has_more_than_two_sentences() -> None:
    """Voice: the answer, and one question. Addresses and numbers have no full stops in them."""
    long = [
        variant["text"]
        for variants in RESPONSES.values()
        for variant in variants
        if len(re.findall(r"[.?!](?:\s|$)", variant["text"])) > MOST_SENTENCES
    ]
    assert long == []


def test_every_button_has_a_title_and_every_title_a_button() -> None:
    used = {first_text(call) for call in calls("actions", "button")} - {None}
    by_remedy = {
        *(f"yes_{method}" for method in OFFERED_WITHOUT_TOPIC),
        *OFFERED_WITHOUT_TOPIC,
        "replacement", "refund", "repair", "exchange", "keep_item", "goodwill",
    }  # fmt: skip
    assert used | by_remedy == set(LABELS["buttons"])


def test_every_topic_that_is_spoken_of_has_words() -> None:
    requests = set(settle.FORM_OF_INTENT)
    assert requests <= set(LABELS["topics"])
    assert requests | also_asked.REQUESTS <= set(LABELS["spoken"])
    assert set(LABELS["topics"]) <= INTENTS


def test_every_request_has_a_form_and_every_form_asks_what_its_steps_learn() -> None:
    assert set(settle.FORM_OF_INTENT.values()) == set(DOMAIN["forms"])
    assert set(settle.FORM_OF_INTENT) <= INTENTS
    assert set(settle.FORM_OF_INTENT) >= also_asked.REQUESTS
    for form in FORMS:
        declared = DOMAIN["forms"][f"{form.topic}_form"]["required_slots"]
        assert declared == [step.slot for step in form.steps], form.topic
        assert settle.FORM_OF_INTENT[form.intent] == f"{form.topic}_form"


def test_every_reason_for_money_back_leads_to_a_topic() -> None:
    assert set(wishes.TOPIC_OF_REASON.values()) <= set(settle.FORM_OF_INTENT)
    for topic, others in bends._BECOMES.items():
        assert topic in {form.topic for form in FORMS}
        assert others <= set(settle.FORM_OF_INTENT)


def test_topics_that_put_an_item_right_are_those_whose_offers_are_worded() -> None:
    with_offers = {s.form.topic for s in SETTLES if issubclass(s, SettleRemedy)}
    assert with_offers == set(OFFERED)
    assert set(remedy._METHODS) == OFFERED_WITHOUT_TOPIC


def test_every_form_is_started_and_settled_by_a_rule() -> None:
    rules = training_words("data/rules")
    for form in FORMS:
        assert f"- action: {form.topic}_form" in rules
        assert f"- action: action_settle_{form.topic}" in rules


def test_intents_of_the_training_data_and_the_domain_are_the_same() -> None:
    trained = set(re.findall(r"^\s*- intent: (\w+)", training_words("data/nlu"), re.MULTILINE))
    only_from_buttons = {"choose", "enter_code", "something_else"}
    told_by_the_desk = {"handed_back"}
    assert trained | only_from_buttons | told_by_the_desk == INTENTS


def test_buttons_send_intents_that_the_domain_knows() -> None:
    payloads = {
        text.split("{")[0].removeprefix("/")
        for text in whole_strings("actions")
        if re.fullmatch(r"/[a-z_]+(\{.*)?", text)
    }
    assert payloads <= INTENTS


def test_slots_and_entities_that_the_actions_name_are_in_the_domain() -> None:
    slots = {first_text(call) for call in calls("actions", "get_slot", "SlotSet")} - {None}
    entities = {first_text(call) for call in calls("actions", "entity")} - {None}
    assert slots - {"requested_slot"} <= set(DOMAIN["slots"])
    assert entities <= set(DOMAIN["entities"])
