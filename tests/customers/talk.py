"""One run of one goal through the public chat, and what the record shows in the end."""

import io
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from PIL import Image

from tests.customers.customer import ComesBack, Customer, Move, Presses, Says, Stops
from tests.customers.goals import MANNERS, VOICES, Goal, Voice
from tests.customers.market import Visit
from tests.customers.questions import Reply, read
from tests.flows.chat import Chat, Shop

_TRIES = 5
PATIENCE = 12  # messages; then they give up
SOLVED, HANDED_OVER = "solved", "handed over"
WRONGLY_HANDED_OVER, GIVEN_UP = "wrongly handed over", "given up"
STUCK, WRONG_ACTION = "stuck", "wrong action"
RIGHT = (SOLVED, HANDED_OVER)

Json = dict[str, Any]
# Which of our topics' buttons mean a goal of this kind.
_INTENTS = {
    "wrong_item": ("wrong_item_received",),
    "faulty": ("faulty_or_damaged_product",),
    "missing": ("missing_or_late_delivery",),
    "delivery": ("missing_or_late_delivery", "order_status_or_delivery"),
    "return": ("return_item",),
    "exchange": ("exchange_item", "return_item"),
    "refund": ("refund_status", "refund_request"),
    "cancel": ("cancel_order",),
    "change": ("change_address", "change_order"),
    "billing": ("payment_or_billing_problem",),
    "complaint": ("complaint_about_service",),
    "suggestion": ("suggestion",),
}
# Kinds that are put on record as they are told; all others need a yes.
_WITHOUT_A_YES = frozenset({"complaint", "suggestion"})
_SHOWN_TOPICS = frozenset({"wrong_item", "faulty", "missing", "return", "exchange"})
_REASON_OF_KIND = {"wrong_item": "wrong_item", "faulty": "broken", "delivery": "never_came"}
_INTENTS_OF_TOPIC = {
    "returns": ("return_item",),
    "missing": ("order_status_or_delivery",),
    "orders": ("refund_status", "cancel_order", "payment_or_billing_problem"),
    "people": ("give_rating_or_feedback", "promo_or_pricing_question"),
}


@dataclass
class Outcome:
    visit: Visit
    voice: str
    verdict: str
    why: str = ""
    turns: int = 0
    asked_again: list[str] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return self.verdict in RIGHT


def make_visit(shop: Shop, visit: Visit, seed: int) -> Outcome:
    """Talk until it is solved, handed over, given up or stuck; then look at the record."""
    chance = random.Random(f"{seed} {visit.goal.name} {visit.run}")
    voice = Voice(VOICES[visit.run % len(VOICES)], chance)
    manner = random.Random(f"{seed} {visit.goal.name} {visit.run} at the offer").choice(MANNERS)
    talk = _Talk(shop, visit, voice, manner, chance)
    stopped = talk.run()
    verdict, why = talk.verdict(stopped)
    return Outcome(
        visit,
        f"{voice.name}, {manner}",
        verdict,
        why,
        talk.turns,
        talk.customer.asked_again,
        talk.transcript,
    )


class _Talk:
    def __init__(
        self, shop: Shop, visit: Visit, voice: Voice, manner: str, chance: random.Random
    ) -> None:
        self.shop, self.visit, self.goal = shop, visit, visit.goal
        self.orders: list[Json] = _in_order_of(visit.goal, shop, visit.ref)
        self.transcript: list[str] = []
        self.turns, self.mode = 0, "bot"
        self.settled: set[str] = set()
        self.unagreed = ""
        self.chat = self._opens_chat()
        self.chats = [self.chat]
        email = shop.email_of(visit.ref)
        self.customer = Customer(
            goal=visit.goal,
            voice=voice,
            knows=_known(visit.goal, self.orders, email),
            intents=_intents(visit.goal),
            topics=_topics(visit.goal),
            read_code=lambda: shop.code_sent_to(email),
            chance=chance,
            manner=manner,
        )

    def run(self) -> Stops:
        move: Move = self.customer.begins()
        while self.turns < PATIENCE:
            reply = self._do(move)
            move = self.customer.answers(reply)
            if isinstance(move, Stops):
                return move
        return Stops(GIVEN_UP)

    def _opens_chat(self) -> Chat:
        return (
            self.shop.customer(self.visit.ref).opens_chat()
            if self.goal.signed_in
            else self.shop.visitor()
        )

    def _do(self, move: Move) -> Reply:
        self.turns += 1
        if isinstance(move, ComesBack):
            self.chat = self._opens_chat()
            self.chats.append(self.chat)
            self.transcript.append("   (in a new chat)")
            move = Says(move.text)
        if isinstance(move, Says):
            self.transcript.append(f"C: {move.text}")
            self._send(text=move.text)
        elif isinstance(move, Presses):
            self.transcript.append(f"C: [{move.title}]")
            self._send(payload=move.payload)
        else:
            self.transcript.append("C: (a photo)")
            self._send(attachments=[self.chat.upload(_photo()).json()["id"]])
        self._note_settled(move)
        reply = read(self.chat.replies, self.chat.mode)
        buttons = "".join(f" [{b['title']}]" for b in reply.buttons)
        self.transcript.append(f"B: {reply.text}{buttons}")
        return reply

    def _note_settled(self, move: Move) -> None:
        """What was settled in this turn, and whether they had said yes to anything."""
        settled = {
            case["number"]
            for case in self._cases()
            if case["kind"] not in _WITHOUT_A_YES and case["state"] != "handed_over"
        }
        agrees = isinstance(move, Presses) or (isinstance(move, Says) and move.agrees)
        if settled - self.settled and not agrees:
            self.unagreed = f"settled without a yes: {self.transcript[-1]}"
        self.settled = settled

    def _send(self, **body: Any) -> None:
        """As the widget does: told that the record is busy, it sends the same again."""
        body["id"] = str(uuid4())
        for _ in range(_TRIES):
            answer = self.chat.post(**body)
            if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                break
        answer.raise_for_status()
        told = answer.json()
        self.chat.replies, self.chat.mode = told["replies"], told["mode"]

    # --- what the record shows ---

    def verdict(self, stopped: Stops) -> tuple[str, str]:
        cases = self._cases()
        wrong = self.unagreed or self._wrong_action(cases)
        if wrong:
            return WRONG_ACTION, wrong
        if stopped.how == "stuck":
            return STUCK, stopped.why
        reason = self._handed_over_because()
        if reason:
            if reason not in self.goal.to_a_person:
                return WRONGLY_HANDED_OVER, reason
            missing = self._missing(cases)
            return (GIVEN_UP, missing) if missing else (HANDED_OVER, reason)
        if self.goal.to_a_person:
            return GIVEN_UP, "no person has it"
        missing = self._missing(cases) or self._not_heard()
        if missing or stopped.how == GIVEN_UP:
            return GIVEN_UP, missing or "too many messages"
        return SOLVED, ""

    def _cases(self) -> list[Json]:
        customer = self.chat.record()["customer"]
        listed = self.shop.reads("/api/cases", customer=customer)
        return [self.shop.reads(f"/api/cases/{case['number']}") for case in reversed(listed)]

    def _wrong_action(self, cases: Sequence[Json]) -> str:
        for case in cases:
            if case["kind"] in self.goal.may_also:
                continue
            if not any(self._is(case, expected) for expected in self.goal.ends):
                told = {k: case.get(k) for k in ("kind", "resolution", "state", "line", "quantity")}
                return f"{told}"
        return ""

    def _is(self, case: Json, expected: Json) -> bool:
        for name in ("kind", "resolution", "state", "quantity"):
            if name in expected and case.get(name) != expected[name]:
                return False
        if not self.orders or "order" not in case:
            return True
        order = self.orders[self.goal.about[0]]
        if case["order"] != order["number"]:
            return False
        line = order["lines"][self.goal.about[1]]["id"]
        if case.get("line") in (None, line) or expected.get("any_line"):
            return self._has_what_was_wanted(expected)
        return False

    def _has_what_was_wanted(self, expected: Json) -> bool:
        """The size or colour that was agreed is in the new order, or in the changed line."""
        wanted = {str(value) for value in expected.get("wanted", {}).values()}
        if not wanted:
            return True
        before = {line["id"] for order in self.orders for line in order["lines"]}
        lines = [
            line
            for order in self.shop.reads("/api/orders", customer=self.visit.ref)
            for line in order["lines"]
            if expected["kind"] == "change" or line["id"] not in before
        ]
        return any(wanted <= set(_words(line["variant"])) for line in lines)

    def _missing(self, cases: Sequence[Json]) -> str:
        for expected in self.goal.ends:
            if not any(self._is(case, expected) for case in cases):
                return f"there is no case of {expected['kind']}"
        return ""

    def _not_heard(self) -> str:
        heard = "\n".join(line for line in self.transcript if line.startswith("B:"))
        for pattern in self.goal.hears:
            if not re.search(pattern.format(**self.customer.knows), heard):
                return f"never heard {pattern!r}"
        return ""

    def _handed_over_because(self) -> str:
        record = self.chat.record()
        return str(record.get("handover_reason") or "") if record["mode"] != "bot" else ""


def _in_order_of(goal: Goal, shop: Shop, ref: str) -> list[Json]:
    """The customer's orders, as the goal names them."""
    found: list[Json] = shop.reads("/api/orders", customer=ref)
    made = []
    for order in goal.orders:
        first = _product(order.items[0])
        variant = order.items[0].partition(" | ")[2].replace(",", "")
        made.append(
            next(
                one
                for one in found
                if one["lines"][0]["product"] == first
                and set(variant.split()) <= set(_words(one["lines"][0]["variant"]))
            )
        )
    return made


def _known(goal: Goal, orders: Sequence[Json], email: str) -> dict[str, Any]:
    reasons = [_REASON_OF_KIND[c["kind"]] for c in goal.ends if c["kind"] in _REASON_OF_KIND]
    knows = {"email": email, **({"reason": reasons[0]} if reasons else {}), **goal.knows}
    if orders:
        order = orders[goal.about[0]]
        knows = {
            "order": order["number"],
            "product": order["lines"][goal.about[1]]["product"],
            **knows,
        }
    return knows


def _product(item: str) -> str:
    count, times, rest = item.partition(" x ")
    return (rest if times else count).partition(" | ")[0]


def _words(variant: str) -> list[str]:
    return variant.replace(",", " ").split()


def _intents(goal: Goal) -> tuple[str, ...]:
    of_cases = [intent for case in goal.ends for intent in _INTENTS[case["kind"]]]
    a_person = ("talk_to_human",) if goal.to_a_person else ()
    return (*of_cases, *_INTENTS_OF_TOPIC.get(goal.topic, ()), *a_person)


def _topics(goal: Goal) -> frozenset[str]:
    """What it may look like on the way: an exchange begins as a return, and so on."""
    kinds = {case["kind"] for case in goal.ends}
    also = {"exchange": {"return"}, "return": {"exchange"}}
    return frozenset(kinds.union(*(also.get(kind, set()) for kind in kinds)) & _SHOWN_TOPICS)


def _photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), (90, 120, 90)).save(out, "JPEG")
    return out.getvalue()
