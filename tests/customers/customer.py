"""A simulated customer: reads what the bot says, and answers from what they know."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.customers.goals import REFUSES, STRAIGHT, Goal, Voice
from tests.customers.questions import Reply, Sentence
from tests.words import yaml

_PRESSES = 0.5  # of the answers, where there is a button for it
_PHOTO = "photo"
# A question for one thing also asks again for what would tell it.
_ASKS_AGAIN_FOR = {"order": ("order", "item"), "item": ("item",), "confirm_item": ()}
_REFUSES = "refuses"
_WISHES = {"replacement": "send_new", "credit": "goodwill"}  # whose button has another name


@dataclass(frozen=True)
class Says:
    text: str
    agrees: bool = False  # a yes, or the name of what they want: now something may be settled


@dataclass(frozen=True)
class Presses:
    payload: str
    title: str


@dataclass(frozen=True)
class SendsPhoto:
    pass


@dataclass(frozen=True)
class ComesBack:
    """Closes the page, and writes in a new chat."""

    text: str


@dataclass(frozen=True)
class Stops:
    """Nothing more to say: "finished", or "stuck" and why."""

    how: str
    why: str = ""


Move = Says | Presses | SendsPhoto | ComesBack | Stops


def _labels() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = yaml("actions/labels.yml")
    return found


@dataclass
class Customer:
    goal: Goal
    voice: Voice
    knows: dict[str, Any]  # the goal's, with the numbers and addresses of this very customer
    intents: tuple[str, ...]  # the topics that a button may name for what they want
    topics: frozenset[str]  # what the bot may rightly take it for; empty: not one of these
    read_code: Callable[[], str]
    chance: random.Random
    manner: str = STRAIGHT
    told: set[str] = field(default_factory=set)
    asked_again: list[str] = field(default_factory=list)
    _answered: set[str] = field(default_factory=set)
    _interrupted: set[str] = field(default_factory=set)
    _then: list[str] = field(default_factory=list)
    _rephrased: int = 0
    _puzzles: int = 0
    _ended_once: bool = False
    _wavered: bool = False
    _refused: str = ""  # the proposal that suits them, and was refused at first

    def __post_init__(self) -> None:
        self.told = set(self.goal.tells)
        self._then = list(self.goal.then)

    def begins(self) -> Says:
        return Says(self.voice.opening(self.goal, self.knows))

    def answers(self, reply: Reply) -> Move:
        if reply.unknown:
            return Stops("stuck", f"no sentence of the bot's: {reply.unknown[0]!r}")
        if reply.mode != "bot":
            return Stops("finished")
        if reply.something_ended:
            self._answered.clear()
        self._ended_once = self._ended_once or reply.something_ended
        question = reply.question
        if question is None or (question.asks == "request" and self._ended_once):
            return self._goes_on(reply)
        mistaken = self._mistaken(reply)
        if mistaken:
            return mistaken
        return self._replies_to(question, reply)

    def _goes_on(self, reply: Reply) -> Move:
        if self._then and self._ended_once:
            return Says(self._then.pop(0))
        if self._ended_once:
            return Stops("finished")
        return Stops("stuck", f"nothing was asked: {reply.text!r}")

    def _replies_to(self, question: Sentence, reply: Reply) -> Move:
        asked = question.asks
        interruption = self._interrupts(asked)
        if interruption:
            return interruption
        if asked == "remedy" and self._is_to_waver(question):
            return self._wavers(question)
        key = f"{asked} {question.facts}" if asked in ("remedy", "confirm_item") else asked
        if key in self._answered and asked != "request":
            return Stops("stuck", f"asked for {asked} again after the answer")
        self._note_asked_again(question, reply)
        move = self._answer(question, reply)
        if asked != "remedy" or self._accepts(question.proposes):
            self._answered.add(key)
        if asked not in ("request", "person_or_not"):
            self.told.add(asked)
        return move

    def _interrupts(self, asked: str) -> Move | None:
        if asked in self._interrupted:
            return None
        if asked == self.goal.comes_back.get("at"):
            self._interrupted.add(asked)
            return ComesBack(self.voice.says("hello_again", self.knows))
        said = self.goal.interrupts.get(asked)
        if said is None:
            return None
        self._interrupted.add(asked)
        if isinstance(said, dict):
            self.knows |= said["now"]
            said = said["says"]
        return SendsPhoto() if said == _PHOTO else Says(said)

    def _is_to_waver(self, question: Sentence) -> bool:
        return (
            self.manner != STRAIGHT
            and not self._wavered
            and "remedy" not in self.goal.interrupts
            and self._accepts(question.proposes)
            and not self._is_another_variant(question)
            # A no to what is offered in place of something refused lets it go.
            and not (self.manner == REFUSES and "instead" in question.response)
        )

    def _wavers(self, question: Sentence) -> Move:
        """No yes to an offer that suits them: not yet."""
        self._wavered = True
        if self.manner == REFUSES:
            self._refused = question.proposes
        return Says(self.voice.says(self.manner, self.knows))

    def _comes_round(self, reply: Reply) -> Move | None:
        """They refused at first, saw what else there is, and take it after all."""
        refused, self._refused = self._refused, ""
        if not refused:
            return None
        button = self._button_for(refused, reply)
        if button and self._likes_buttons():
            return Presses(button["payload"], button["title"])
        return Says(self.voice.says("after_all", self.knows))

    def _note_asked_again(self, question: Sentence, reply: Reply) -> None:
        asked = question.asks
        if asked == "remedy":
            wish = self.knows.get("wish")
            if "wish" in self.told and question.proposes != wish and self._wish_button(reply):
                self.asked_again.append("wish")
            return
        again = _ASKS_AGAIN_FOR.get(asked, (asked,))
        if self.told & set(again):
            self.asked_again.append(asked)

    def _mistaken(self, reply: Reply) -> Move | None:
        """The bot took another matter or item than is meant: said at once, as people do."""
        topic = next((s.topic for s in reply.sentences if s.topic), "")
        if topic and self.topics and topic not in self.topics and topic not in self._interrupted:
            self._interrupted.add(topic)
            return Says(self._in_other_words())
        for sentence in reply.sentences:
            item = sentence.facts.get("item")
            right = self.knows.get("product")
            if not item or not right or sentence.asks == "confirm_item":
                continue
            key = f"mistaken {item}"
            if item != right and key not in self._interrupted and "change" not in self.goal.topic:
                self._interrupted.add(key)
                return Says(self.voice.says("wrong_item_meant", self.knows))
        return None

    # --- one answer for each thing that can be asked ---

    def _answer(self, question: Sentence, reply: Reply) -> Move:
        asked = question.asks
        special = getattr(self, f"_answer_{asked}", None)
        try:
            answer: Move = (
                special(question, reply)
                if special is not None
                else Says(self.voice.says(asked, self.knows))
            )
        except KeyError as unknown:
            return self._puzzled(f"asked for {asked}, and they have no {unknown}")
        return answer

    def _puzzled(self, why: str) -> Move:
        """A question that has nothing to do with it: they say once more what it is about."""
        self._puzzles += 1
        if self._puzzles > 1:
            return Stops("stuck", why)
        return Says(self._in_other_words())

    def _answer_email(self, _: Sentence, reply: Reply) -> Move:
        if self.knows.get("email") == _REFUSES:
            return self._press(reply, "leave_message") or Says("I'd rather not say")
        return Says(self.knows["email"])

    def _answer_code(self, _: Sentence, __: Reply) -> Move:
        return Says(self.read_code())

    def _answer_order_number(self, _: Sentence, __: Reply) -> Move:
        return Says(self.voice.says("order", self.knows))

    def _answer_confirm_item(self, question: Sentence, reply: Reply) -> Move:
        right = question.facts.get("item") == self.knows.get("product")
        right = right and question.facts.get("order", self.knows["order"]) == self.knows["order"]
        if right:
            return self._yes(reply)
        return self._press(reply, "another_item") or Says(
            self.voice.says("wrong_item_meant", self.knows)
        )

    def _answer_item(self, _: Sentence, reply: Reply) -> Move:
        fitting = [
            b for b in reply.buttons
            if b["title"].startswith(self.knows["product"])
            and (self.knows["order"] in b["title"] or "(" not in b["title"])
        ]  # fmt: skip
        if fitting and self._likes_buttons():
            return Presses(fitting[0]["payload"], fitting[0]["title"])
        return Says(self.voice.says("item", self.knows))

    def _answer_order(self, _: Sentence, reply: Reply) -> Move:
        for button in reply.buttons:
            if button["title"].startswith(self.knows["order"]) and self._likes_buttons():
                return Presses(button["payload"], button["title"])
        return Says(self.voice.says("order", self.knows))

    def _answer_quantity(self, _: Sentence, reply: Reply) -> Move:
        wanted = str(self.knows.get("quantity", 1))
        for button in reply.buttons:
            if wanted in button["title"].split() and self._likes_buttons():
                return Presses(button["payload"], button["title"])
        return Says(self.voice.says("quantity", {"quantity": wanted}))

    def _answer_photo(self, _: Sentence, reply: Reply) -> Move:
        if self.knows.get("photo") == "sends":
            return SendsPhoto()
        return self._press_or_say(reply, "no_photo", "photo")

    def _answer_variant(self, _: Sentence, reply: Reply) -> Move:
        wanted = str(self.knows.get("variant", "")).casefold().split()
        for button in reply.buttons:
            words = button["title"].casefold().replace(",", " ").split()
            if wanted and set(wanted) <= set(words) and self._likes_buttons():
                return Presses(button["payload"], button["title"])
        return Says(self.voice.says("variant", self.knows))

    def _answer_reason(self, question: Sentence, reply: Reply) -> Move:
        reason = self.knows["reason"]
        label = "another_reason" if reason == "other" else reason
        return self._press_or_say(reply, label, f"reason_{reason}")

    def _answer_size_or_money(self, _: Sentence, reply: Reply) -> Move:
        wish = self.knows.get("size_or_money", "money")
        return self._press_or_say(reply, {"size": "other_size", "money": "money_back"}[wish], wish)

    def _answer_missing(self, _: Sentence, reply: Reply) -> Move:
        what = self.knows["missing"]
        said = "missing_part" if what == "part_missing" else "missing_parcel"
        return self._press_or_say(reply, what, said)

    def _answer_wants_answer(self, _: Sentence, reply: Reply) -> Move:
        if self.knows.get("wants_answer"):
            return self._press_or_say(reply, "person", "answer")
        return self._press_or_say(reply, "just_note", "note")

    def _answer_rating(self, _: Sentence, reply: Reply) -> Move:
        for button in reply.buttons:
            if button["title"] == str(self.knows["rating"]) and self._likes_buttons():
                return Presses(button["payload"], button["title"])
        return Says(self.voice.says("rating", self.knows))

    def _answer_look_into_it(self, _: Sentence, reply: Reply) -> Move:
        return self._press_or_say(reply, "look_into_it", "yes")

    def _answer_person_or_not(self, _: Sentence, reply: Reply) -> Move:
        if after_all := self._comes_round(reply):
            return after_all
        if self.knows.get("wants_person"):
            return self._press_or_say(reply, "person", "person")
        return (
            (self._press(reply, "keep_it") or self._press(reply, "thats_all"))
            if self._likes_buttons()
            else None
        ) or Says(self.voice.says("nobody", self.knows))

    def _answer_remedy(self, question: Sentence, reply: Reply) -> Move:
        if self._is_another_variant(question):
            return Says(self.voice.says("variant", self.knows))
        if self._accepts(question.proposes):
            return self._yes(reply)
        wished = self._wish_button(reply)
        if wished and self._likes_buttons():
            return Presses(wished["payload"], wished["title"])
        if wished:
            return Says(self.voice.says(f"wish_{self.knows['wish']}", self.knows), agrees=True)
        return Says(self.voice.says("no", self.knows))

    def _answer_what_instead(self, _: Sentence, reply: Reply) -> Move:
        if after_all := self._comes_round(reply):
            return after_all
        wished = self._wish_button(reply)
        if wished:
            return Presses(wished["payload"], wished["title"])
        return self._press(reply, "thats_all") or Says(self.voice.says("nobody", self.knows))

    def _answer_request(self, _: Sentence, reply: Reply) -> Move:
        """Not understood yet: the topic's button, or the same in other words."""
        topics = _labels()["topics"]
        for intent in self.intents:
            button = reply.button(topics.get(intent, ""))
            if button and self.chance.random() < 0.8:
                return Presses(button["payload"], button["title"])
        self._rephrased += 1
        if self._rephrased > 3:
            return Stops("stuck", "not understood in four wordings")
        if self.goal.restates:
            return Says(self.goal.restates)
        return Says(self._in_other_words())

    # --- what the answers share ---

    def _in_other_words(self) -> str:
        """The same, as another of the voices would have begun."""
        others = [v for v in self.goal.opening if v != self.voice.name]
        return self.goal.opening[self.chance.choice(others)].format(**self.knows)

    def _is_another_variant(self, question: Sentence) -> bool:
        offered = question.facts.get("wanted", "").casefold().replace(",", " ").split()
        wanted = str(self.knows.get("variant", "")).casefold().split()
        return bool(offered and wanted) and not set(wanted) <= set(offered)

    def _accepts(self, proposal: str) -> bool:
        wish = self.knows.get("wish")
        return wish is None or proposal in ("", wish) or proposal in self.knows.get("accepts", ())

    def _wish_button(self, reply: Reply) -> dict[str, str] | None:
        """The button, beside the first, whose title begins as that of the wish."""
        return self._button_for(str(self.knows.get("wish")), reply)

    def _button_for(self, wish: str, reply: Reply) -> dict[str, str] | None:
        name = _WISHES.get(wish, wish)
        title = _labels()["buttons"].get(name, "").split("{")[0].strip()
        return next((b for b in reply.buttons if title and b["title"].startswith(title)), None)

    def _yes(self, reply: Reply) -> Move:
        if reply.buttons and self._likes_buttons():
            return Presses(reply.buttons[0]["payload"], reply.buttons[0]["title"])
        return Says(self.voice.says("yes", self.knows), agrees=True)

    def _press(self, reply: Reply, label: str) -> Presses | None:
        button = reply.button(_labels()["buttons"][label])
        return Presses(button["payload"], button["title"]) if button else None

    def _press_or_say(self, reply: Reply, label: str, said: str) -> Move:
        pressed = self._press(reply, label) if self._likes_buttons() else None
        return pressed or Says(self.voice.says(said, self.knows))

    def _likes_buttons(self) -> bool:
        return self.goal.presses == "always" or self.chance.random() < _PRESSES
