"""Questions: answered from the shop's own articles with their link, or honestly not at all."""

import re

from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions import beside
from actions.base import SupportAction
from actions.context import Context
from actions.words import button, topic_title
from careline.service import faulty

_GREETING = (
    r"^\W*(?:(?:hi|hello|hey|morning|good\s+\w+|sorry|please|so|and|ok(?:ay)?|then"
    r"|quick\s+question)\b\W*)*"
)
# How things are done here.
_ABOUT_THE_SHOP = re.compile(
    _GREETING + r"(?:what|which|how\s+(?:long|much|many|fast|quick|soon|often)|who|until\s+when"
    r"|(?:do|does|are|is|will|would|can|could)\s+(?:you|your|there|returns?|refunds?|exchanges?"
    r"|delivery|shipping|postage|sending)\b)",
    re.IGNORECASE,
)
# The same, or something of theirs that is not named yet.
_WHAT_ONE_MAY_DO = re.compile(
    _GREETING + r"(?:how|where|when|can|could|may|do|does|is|are|if)\b", re.IGNORECASE
)
_OF_THEIRS = re.compile(
    r"\b(?:my|mine|our|ours|this|these|those|it|them|he|she|me|[a-z]+'ve|i\s+have|\d{5,}"
    r"|(?:i|we)\s+(?:just\s+)?(?:ordered|bought|got|received|paid|returned|sent)"
    r"|the\s+(?:order|parcel|package|delivery|refund|money|courier|driver))\b",
    re.IGNORECASE,
)
# "Is it possible to …" speaks of no thing.
_IT_IS_NOTHING = re.compile(r"\bis\s+it\s+(?:possible|ok(?:ay)?|allowed|free)\b", re.IGNORECASE)
_TELL_ME = re.compile(r"\b(?:tell|show|remind)\s+me\b", re.IGNORECASE)
# What is asked in these is meant for us: "could you sell vegan shoes?"
_TOLD_RATHER_THAN_ASKED = {"suggestion", "give_rating_or_feedback", "complaint_about_service"}


class AnswerQuestion(SupportAction):
    def name(self) -> str:
        return "action_answer_question"

    def handle(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        context = Context.of(self.services, dispatcher, tracker)
        if faulty.is_dangerous(self.services.policies, context.turn.text):
            return [FollowupAction("faulty_form")]
        following = beside.go_on_with(context)
        question = beside.main_words(context.turn)
        passage = self.services.help.best(question, topic=context.turn.intent)
        person = {"title": button("person"), "payload": "/talk_to_human"}
        if passage is not None:
            context.say("utter_help_answer", answer=passage.text, link=passage.link)
        elif following:
            context.say("utter_no_answer_aside")
        else:
            context.say("utter_no_answer", buttons=[person])
        return [SlotSet("misunderstood", 0), *following]


def answered_instead(context: Context) -> bool:
    """What was read as a request is a question about the shop: answered, the request offered.

    "What is your return policy?" needs no e-mail address and no code.
    """
    turn = context.turn
    if turn.others or turn.intent in _TOLD_RATHER_THAN_ASKED:
        return False
    if not is_about_the_shop(turn.text, is_visitor=not context.is_verified):
        return False
    if faulty.is_dangerous(context.services.policies, turn.text):
        return False
    passage = context.services.help.best(turn.text)
    if passage is None:
        return False
    title = topic_title(turn.intent)
    offered = [{"title": title, "payload": f"/{turn.intent}"}] if title else []
    context.say("utter_help_answer", answer=passage.text, link=passage.link, buttons=offered)
    return True


def is_about_the_shop(text: str, *, is_visitor: bool) -> bool:
    """A question that names nothing of the customer's own.

    "Can I return shoes?" may be either: it is taken for a question when to act on it would begin
    with asking who they are.
    """
    text = _TELL_ME.sub("tell", _IT_IS_NOTHING.sub("can i", text))
    if _OF_THEIRS.search(text):
        return False
    return bool(_ABOUT_THE_SHOP.match(text) or (is_visitor and _WHAT_ONE_MAY_DO.match(text)))
