"""The step that proposes what can be done, and takes the customer's clear "yes" to one of it."""

import re
from datetime import date
from typing import Any

from actions import task as tasks
from actions import wishes, yes_or_no
from actions.choices import A_PERSON, Option, by_position
from actions.context import Context
from actions.form import Dialogue, Step
from actions.task import Task
from actions.words import button
from careline.journey.words import HandoverReason, Resolution
from careline.service import settlement
from careline.service.as_json import remedy_as_json, remedy_from_json
from careline.service.facts import Remedy
from careline.service.returns import RECALLED

_ALSO = {
    Resolution.REPLACEMENT: (
        "replacement",
        "new one",
        "send it",
        "send a new one",
        "replace it",
        "another one",
        "send another one",
        "send another",
        "send it again",
        "resend it",
        "send the right one",
    ),
    Resolution.REFUND: ("refund", "money back", "my money", "refund please"),
    Resolution.REPAIR: ("repair", "fix it", "have it fixed"),
    Resolution.EXCHANGE: ("exchange", "swap it", "swap"),
    Resolution.KEEP_ITEM: ("discount",),
    Resolution.GOODWILL: ("store credit", "credit", "voucher"),
}
# "No, I'd rather have … instead": what may stand beside the name of what is wanted.
_I_WANT = (
    r"i(?:'?d|'?ll|'?m)?|want|wanted|like|prefer|rather|would|need|have|get|give|take|choose|go",
    r"only|my|me|a|an|the|it|them|of|back|instead|sorry|actually|honestly|tbh|ffs|in|with|do|way",
    r"no|nope|nah|but|(?:i\s+)?should",
)
_CONCLUDES = re.compile(r"^\W*(?:ok(?:ay)?\W+)?so\b", re.IGNORECASE)  # "so I'd get my money back"
# Refused, and then: "ok do that after all", "as you suggested".
_COMES_ROUND = re.compile(
    r"\b(?:after\s+all|on\s+(?:reflection|second\s+thoughts?)|your\s+way|your\s+(?:first\s+)?offer"
    r"|(?:as|like|what)\s+you\s+(?:had\s+)?(?:say|said|suggest(?:ed)?|offer(?:ed)?|propos(?:ed?)))\b",
    re.IGNORECASE,
)
_BUT_NOT = re.compile(r"\b(?:no|not|never|leave|forget|drop|cancel\s+that|\w+n'?t)\b|\?", re.I)
_ABOUT_GOODS = (Resolution.REPLACEMENT, Resolution.REFUND)
# The request itself, said once more to the question whether it shall be done.
_SAID_AGAIN = {
    "cancel": ("yes cancel", "cancel my order", "cancel the order", "cancel this order"),
    "return": (
        "yes return it", "yes return them", "yes i want to return it", "yes i want to return them",
        "yes send it back", "yes send them back",
    ),
}  # fmt: skip
_METHODS = {
    "trace": ("trace it", "look for it", "look into it", "ask the carrier"),
    "cancel": ("cancel", "cancel it", "stop it"),
    "address": ("change it", "that's right", "correct"),
    "variant": ("change it", "that's right", "correct"),
}


class ChooseRemedy(Step):
    slot = "remedy"
    is_an_offer = True

    def is_open(self, dialogue: Dialogue) -> bool:
        return dialogue.task.remedy is None

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        task, context = dialogue.task, dialogue.context
        assessment = settlement.assess_request(context.services, dialogue.request())
        # A person is always allowed, and has a button of its own beside the remedies.
        for_us = [r for r in assessment.remedies if r.resolution is not Resolution.HANDED_OVER]
        remedies = _wished_first(for_us, task.wish)
        # A correction empties the list: what is offered then is new, and worth saying in full.
        was_offered = bool(task.remedies) and bool(task.asked.get(self.slot))
        task.remedies = [remedy_as_json(remedy) for remedy in remedies]
        if assessment.refusal:
            self._refuse(dialogue, assessment.refusal.code, assessment.refusal.facts, remedies)
            return
        if not remedies:
            dialogue.hand_over(HandoverReason.POLICY_EXCEPTION)
            return
        first = remedies[0]
        if task.answers.pop("what_instead", False):
            task.answers["said_no"] = True
        if task.answers.get("said_no") and len(remedies) == 1:
            leave = Option("leave", button("keep_it"), also=("leave it",), is_yes=True)
            person = Option("person", button("person"), also=A_PERSON, is_no=True)
            options = _options(context, task, remedies, plain=True)[:1]
            context.say("utter_nothing_instead", options=dialogue.offer([leave, person, *options]))
            return
        if task.answers.get("said_no"):
            options = _options(context, task, remedies, plain=True)
            context.say("utter_what_instead", options=dialogue.offer(options))
            return
        options = _options(context, task, remedies)
        if was_offered:
            context.say("utter_shall_i_then", options=dialogue.offer(options))
            return
        say_how_many(context, task, "utter_so_many")
        context.say(
            _offer_response(task, first),
            options=dialogue.offer(options),
            facts=remedy_facts(context, task, first),
        )

    def read(self, dialogue: Dialogue) -> bool:
        """Only a button, a plain yes or the bare name of a remedy settles; all else is asked."""
        task, turn = dialogue.task, dialogue.context.turn
        if task.answers.get("said_no") and _comes_round(turn.text):
            task.answers.pop("said_no")
            task.remedies = []  # said once more in full, for a yes of its own
            return True
        picked = dialogue.picked()
        if picked is not None and picked.id.startswith("remedy:"):
            place = int(picked.id.removeprefix("remedy:"))
            if turn.choice is not None or _is_clear(dialogue, picked, task.remedies[place]):
                self._take(dialogue, place, said_so=not picked.is_yes)
                return True
        wanted = _wanted(dialogue, picked)
        if wanted is not None:
            return self._propose(dialogue, wanted)
        if picked is None or picked.id.startswith("remedy:"):
            return False
        return self._read_other(dialogue, picked)

    def _take(self, dialogue: Dialogue, place: int, *, said_so: bool) -> None:
        dialogue.task.remedy = place
        if said_so:
            dialogue.task.wished = dialogue.task.remedies[place]["resolution"]

    def _propose(self, dialogue: Dialogue, wanted: Resolution) -> bool:
        """Named in a longer sentence: said in full, with what it comes to, and asked once."""
        task = dialogue.task
        if task.remedies[0]["resolution"] == wanted.value and not task.answers.get("said_no"):
            return True  # it is what was offered: asked again
        task.wished, task.remedies = wanted.value, []
        task.answers.pop("said_no", None)
        return True

    def _read_other(self, dialogue: Dialogue, picked: Option) -> bool:
        task = dialogue.task
        if picked.id == "other_item":
            task.answers.setdefault("refused_lines", []).append(task.line)
            task.line, task.order, task.item, task.quantity = None, None, "", None
        elif picked.id == "person":
            dialogue.hand_over(HandoverReason.ASKED_FOR)
        elif picked.id == "leave":
            dialogue.end(tasks.DROPPED)
        elif picked.id == "no":
            task.answers["what_instead"] = True
        else:
            return False
        return True

    def _refuse(
        self, dialogue: Dialogue, code: str, facts: dict[str, str], remedies: list[Remedy]
    ) -> None:
        task, context = dialogue.task, dialogue.context
        if code == "safety":
            dialogue.hand_over(HandoverReason.SAFETY)
            return
        worded = refusal_facts(context, task, facts)
        leave = Option("leave", button("thats_all"), is_no=True)
        person = Option("person", button("person"), also=A_PERSON)
        if not remedies:
            leave = Option("leave", button("keep_it"), also=("ok",), is_no=True, is_yes=True)
            context.say(
                f"utter_refused_{code}", options=dialogue.offer([person, leave]), facts=worded
            )
            return
        offered = _options(context, task, remedies, plain=True)[: len(remedies)]
        first = Option(offered[0].id, offered[0].title, offered[0].also, is_yes=True)
        context.say(f"utter_refused_{code}", facts=worded)
        context.say(
            f"utter_instead_{_instead(remedies[0])}",
            options=dialogue.offer([first, *offered[1:], person, leave]),
            facts=remedy_facts(context, task, remedies[0]),
        )


def _comes_round(text: str) -> bool:
    if wishes.wish_in(text) is not None or _BUT_NOT.search(text):
        return False
    return _COMES_ROUND.search(text) is not None


def _is_clear(dialogue: Dialogue, picked: Option, remedy: dict[str, Any]) -> bool:
    """A plain yes, the option's place in the list, or its name with nothing beside it."""
    turn = dialogue.context.turn
    if by_position(turn.text, dialogue.task.offered()) == picked:
        return True
    if picked.is_yes and yes_or_no.is_yes(turn.text, turn.intent):
        return True
    return _names_only(turn.text, picked, Resolution(remedy["resolution"]))


def _names_only(text: str, option: Option, resolution: Resolution) -> bool:
    """ "Refund please", "I'd rather have my money back": nothing else is said, nothing is asked."""
    if yes_or_no.asks_something(text) or _CONCLUDES.match(text) or wishes.keeps_it(text):
        return False
    said = yes_or_no.plain(text)
    names = {yes_or_no.plain(word) for word in (option.title, *option.also)}
    if said in names:
        return True
    if wishes.wish_in(text) not in (None, resolution) or wishes.refuses_in(text):
        return False
    for name in sorted(names, key=len, reverse=True):
        rest, times = re.subn(rf"\b{re.escape(name)}(?!\w)", " ", said)
        if times:
            return yes_or_no.agrees_beside(" ".join(rest.split()) or "please", *_I_WANT)
    return False


def _wanted(dialogue: Dialogue, picked: Option | None) -> Resolution | None:
    """The remedy on offer that the words ask for, if they ask for one."""
    text, task = dialogue.turn_text, dialogue.task
    if not task.remedies or dialogue.context.turn.choice is not None:
        return None
    offered = {remedy["resolution"] for remedy in task.remedies}
    if wishes.keeps_it(text) and Resolution.KEEP_ITEM.value in offered:
        return Resolution.KEEP_ITEM
    wish = wishes.wish_in(text)
    if wish is not None and wish.value in offered:
        return wish
    if picked is not None and picked.id.startswith("remedy:") and not picked.is_yes:
        place = int(picked.id.removeprefix("remedy:"))
        return Resolution(task.remedies[place]["resolution"])
    return None


def say_how_many(context: Context, task: Task, response: str) -> None:
    """Where more than one was bought, so that a misread number shows before and after."""
    bought = int(task.answers.get("line_quantity", 1))
    if task.line and bought > 1 and task.quantity:
        context.say(response, count=task.quantity, bought=bought, item=task.item)


def _instead(remedy: Remedy) -> str:
    if remedy.method == "store credit":
        return "credit"
    return remedy.method if remedy.resolution is Resolution.NONE else remedy.resolution.value


def chosen(task: Task) -> Remedy:
    """The remedy that the customer agreed to.

    Raises LookupError when none was chosen; the settle action is only for a chosen one.
    """
    if task.remedy is None:
        raise LookupError("no remedy was chosen in this task")
    return remedy_from_json(task.remedies[task.remedy])


def remedy_facts(context: Context, task: Task, remedy: Remedy) -> dict[str, str]:
    return {
        "item": task.item,
        "order": task.order or "",
        "by": context.day(remedy.by),
        "amount": context.wording.money(remedy.amount) if remedy.amount else "",
        "method": remedy.method,
        "wanted": ", ".join(
            f"size {value}" if name == "size" else value for name, value in task.wanted.items()
        ),
        "address": ", ".join(
            task.wanted[part] for part in ("street", "city", "postcode") if part in task.wanted
        ),
    }


def refusal_facts(context: Context, task: Task, facts: dict[str, str]) -> dict[str, str]:
    """The facts of the one reason, with its dates as the customer would say them."""
    worded = {"item": task.item, "order": task.order or "", **facts}
    for name in ("until", "expected"):
        if name in facts:
            worded[name] = context.day(date.fromisoformat(facts[name]))
    return worded


def _wished_first(remedies: list[Remedy], wish: Resolution | None) -> list[Remedy]:
    return sorted(remedies, key=lambda remedy: remedy.resolution != wish)


def _offer_response(task: Task, remedy: Remedy) -> str:
    topic = task.topic
    if remedy.resolution is Resolution.NONE:
        return f"utter_offer_{remedy.method}"  # trace | cancel | address | variant
    if topic == "return" and remedy.resolution is Resolution.REFUND:
        when = "_after" if remedy.after_goods_are_back else ""
        if task.reason == RECALLED:
            return f"utter_return_offer_refund_recalled{when}"
        return f"utter_return_offer_refund{when}{'_pays' if remedy.customer_pays_shipping else ''}"
    if topic not in ("wrong_item", "faulty") or remedy.resolution not in _ABOUT_GOODS:
        return f"utter_{topic}_offer_{remedy.resolution.value}"
    goods = "collect" if remedy.collect_old else "keep"
    return f"utter_{topic}_offer_{remedy.resolution.value}_{goods}"


def _options(
    context: Context, task: Task, remedies: list[Remedy], *, plain: bool = False
) -> list[Option]:
    said_again = _SAID_AGAIN.get(task.topic, ())
    options = [
        Option(
            f"remedy:{place}",
            _title(context, task, remedy, is_first=place == 0 and not plain),
            also=(*_also(remedy), *(said_again if place == 0 and not plain else ())),
            is_yes=place == 0 and not plain,
        )
        for place, remedy in enumerate(remedies)
    ]
    if task.line and not plain:
        options.append(Option("other_item", button("another_item"), also=("different item",)))
    if plain:
        options.append(Option("leave", button("thats_all"), is_no=True))
    else:
        # A plain "no" has no button of its own: it asks what they would rather have.
        options.append(Option("no", "", is_no=True))
    options.append(Option("person", button("person"), also=A_PERSON))
    return options


def _also(remedy: Remedy) -> tuple[str, ...]:
    if remedy.resolution is Resolution.NONE:
        return _METHODS.get(remedy.method, ())
    if remedy.method == "store credit":
        return _ALSO[Resolution.GOODWILL]
    return _ALSO.get(remedy.resolution, ())


def _title(context: Context, task: Task, remedy: Remedy, *, is_first: bool = False) -> str:
    if is_first and task.topic == "cancel":
        return button("yes_cancel")
    amount = context.wording.money(remedy.amount) if remedy.amount else ""
    if remedy.resolution is Resolution.NONE:
        return button(f"yes_{remedy.method}" if is_first else remedy.method)
    if remedy.method == "store credit" and remedy.resolution is Resolution.REFUND:
        return button("goodwill", amount=amount)
    if is_first and remedy.resolution is not Resolution.REPLACEMENT:
        return f"{button('yes')}, {button(remedy.resolution.value, amount=amount).lower()}".replace(
            amount.lower(), amount
        )
    if remedy.resolution is Resolution.REPLACEMENT and not is_first:
        return button("send_new")
    return button(remedy.resolution.value, amount=amount)
