"""What the bot remembers of the request it is handling: the slot `task`, as a value."""

from copy import deepcopy
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from actions.choices import Option
from careline.journey.words import Resolution

# How a request ended, for the settle action.
SETTLE = "settle"  # everything is known: do it
DROPPED = "dropped"  # the customer let it go
HANDED_OVER = "handed_over"  # a person has it
SWITCHED = "switched"  # it turned out to be another topic
HANDED_BACK = "handed_back"  # a person had it meanwhile, and has decided
REFUSED = "refused"  # it cannot be done, and the customer knows
TAKEN_UP = "taken_up"  # left open in another conversation, and gone on with in this one

# Answers that count for the conversation in which they were given, or not at all later.
_OF_THE_MOMENT = frozenset({"code_sent", "code_said", "variants_shown", "variants_near", "parked"})


@dataclass
class Task:
    topic: str
    request: str = ""  # the id of the message that began it; names the case that it opens
    intent: str = ""
    words: str = ""  # the customer's, so far
    order: str | None = None
    line: str | None = None
    item: str = ""  # the line in words
    quantity: int | None = None
    wished: str | None = None
    reason: str = ""
    has_photo: bool | None = None  # False: asked for and refused
    wanted: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)  # what a topic's own steps learned
    remedies: list[dict[str, Any]] = field(default_factory=list)
    remedy: int | None = None
    options: list[dict[str, Any]] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)  # how often each question was asked
    touch: str = ""  # the touch that this answers
    misread: int = 0  # answers in a row that were not understood
    outcome: str = ""
    go_on_with: str = ""  # after SWITCHED: the intent that is meant
    fresh_words: str = ""  # and, if it is something else altogether, the words that began it
    handover: str = ""  # after HANDED_OVER: the reason
    conversation: str = ""  # in which it was begun, if that was an earlier one

    @classmethod
    def from_slot(cls, value: Any) -> "Task | None":
        if not isinstance(value, dict) or not value.get("topic"):
            return None
        known = {f.name for f in fields(cls)}
        return cls(**{name: entry for name, entry in value.items() if name in known})

    def as_slot(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}

    def known(self) -> dict[str, Any]:
        """What was learned so far, as it stands now."""
        return deepcopy(self._known())

    def has_learned(self, since: dict[str, Any] | None) -> bool:
        """Since that was `known`, or since ever; if not, asking again leads nowhere."""
        return since is None or self._known() != since

    def _known(self) -> dict[str, Any]:
        learned = ("order", "line", "quantity", "wished", "reason", "has_photo", "wanted", "remedy")
        answers = {name: value for name, value in self.answers.items() if name != "parked"}
        return {**{name: getattr(self, name) for name in learned}, "answers": answers}

    def carried_to(self, topic: str, intent: str) -> "Task":
        """The same trouble under another topic: what is known of it goes along."""
        return replace(
            self, topic=topic, intent=intent, remedies=[], remedy=None, options=[], asked={},
            misread=0, outcome="", go_on_with="",
            answers={},
        )  # fmt: skip

    def taken_up(self, conversation: str) -> "Task":
        """Gone on with in another conversation: what was said stands, what was offered does not."""
        answers = {name: said for name, said in self.answers.items() if name not in _OF_THE_MOMENT}
        if answers.get("size_or_money") == "none in stock":
            del answers["size_or_money"]
        return replace(
            self, conversation=self.conversation or conversation, answers=answers, remedies=[],
            remedy=None, options=[], asked={"_noted": 1}, misread=0, outcome="", go_on_with="",
            fresh_words="", handover="",
        )  # fmt: skip

    @property
    def wish(self) -> Resolution | None:
        return Resolution(self.wished) if self.wished else None

    def offered(self) -> list[Option]:
        return [Option.from_json(option) for option in self.options]
