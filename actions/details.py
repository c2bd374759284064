"""Small steps that several topics share: how many, a photo, which size or colour, free words."""

from collections.abc import Callable, Sequence

from actions import bends, quantities, wishes, yes_or_no
from actions.choices import Option
from actions.form import Dialogue, Step
from actions.words import button
from careline.service import which_variant
from careline.shops.protocol import Variant

_BUTTONS = 4
_VARIANTS_SHOWN = 8


class HowMany(Step):
    """Asked only when the line holds more than one."""

    slot = "quantity"

    def is_open(self, dialogue: Dialogue) -> bool:
        return dialogue.task.line is not None and dialogue.task.quantity is None

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        task, bought = dialogue.task, _bought(dialogue)
        said = 1 if bought == 1 else quantities.said(task.words, task.item)
        if said is not None and said <= bought:
            task.quantity = said
            return
        options = [Option(f"n:{n}", str(n)) for n in range(1, min(bought, _BUTTONS))]
        options.append(Option(f"n:{bought}", button("all_of_them", n=bought), also=("all", "both")))
        dialogue.context.say(
            "utter_how_many", options=dialogue.offer(options), item=task.item, bought=bought
        )

    def read(self, dialogue: Dialogue) -> bool:
        bought = _bought(dialogue)
        choice = dialogue.context.turn.choice
        number = int(choice.removeprefix("n:")) if choice and choice.startswith("n:") else None
        if number is None:
            number = quantities.answered(dialogue.turn_text, all_of=bought)
        if number is None or not 1 <= number <= bought:
            return False
        dialogue.task.quantity = number
        return True

    def correct(self, dialogue: Dialogue) -> bool:
        """ "No wait, three of them are": so many instead, and what was offered is void."""
        task, bought = dialogue.task, _bought(dialogue)
        if task.line is None or task.quantity is None or bought == 1:
            return False
        number = quantities.corrected(dialogue.turn_text, task.item, all_of=bought)
        if number in (None, task.quantity) or not 1 <= int(number or 0) <= bought:
            return False
        task.quantity, task.remedy, task.remedies = number, None, []
        return True


def _bought(dialogue: Dialogue) -> int:
    return int(dialogue.task.answers.get("line_quantity", 1))


class Photo(Step):
    """Asked where the policies wish for a photo; a customer who cannot take one goes on."""

    slot = "photo"

    def __init__(self, is_wished: Callable[[Dialogue], bool]) -> None:
        self._is_wished = is_wished

    def is_open(self, dialogue: Dialogue) -> bool:
        return dialogue.task.has_photo is None and self._is_wished(dialogue)

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        skip = Option(
            "no_photo",
            button("no_photo"),
            also=(
                "can't",
                "cant",
                "cannot",
                "can not",
                "no photo",
                "no picture",
                "no camera",
                "not have",
                "without",
                "skip",
                "not now",
                "later",
            ),
            is_no=True,
        )
        dialogue.context.say(
            "utter_question_photo", options=dialogue.offer([skip]), item=dialogue.task.item
        )

    def read(self, dialogue: Dialogue) -> bool:
        task, picked, text = dialogue.task, dialogue.picked(), dialogue.turn_text
        if task.has_photo:
            return True
        goes_on = wishes.wish_in(text) is not None and not yes_or_no.asks_something(text)
        if task.asked.get(self.slot, 0) > 1 and yes_or_no.is_yes(
            text, dialogue.context.turn.intent
        ):
            goes_on = True  # asked twice for what is no must
        if goes_on or (picked and picked.id == "no_photo"):
            task.has_photo = False  # who says what they want instead sends none
            return True
        return False


class WhichVariant(Step):
    """Which size or colour instead; only what is in stock is offered."""

    slot = "wanted_variant"

    def is_open(self, dialogue: Dialogue) -> bool:
        return dialogue.task.line is not None and not dialogue.task.answers.get("wanted_known")

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        task = dialogue.task
        others = which_variant.others_in_stock(dialogue.context.services, dialogue.request())
        if not again and not task.answers.get("variants_shown"):
            variant = self._meant(dialogue, others, task.words)
            if variant is not None:
                self._take(dialogue, variant)
                return
        if not others:
            task.answers["wanted_known"] = True  # the remedy step says that there is none
            return
        task.answers["variants_shown"] = True
        near = [v for v in others if v.sku in task.answers.get("variants_near", ())]
        options = [
            Option(f"sku:{v.sku}", v.name, also=tuple(v.options.values()))
            for v in (near or others)[:_VARIANTS_SHOWN]
        ]
        response = "utter_which_variant_again" if again else "utter_which_variant"
        dialogue.context.say(response, options=dialogue.offer(options), item=task.item)

    def read(self, dialogue: Dialogue) -> bool:
        others = which_variant.others_in_stock(dialogue.context.services, dialogue.request())
        picked = dialogue.picked()
        variant = self._meant(dialogue, others, dialogue.turn_text)
        if variant is None and picked and picked.id.startswith("sku:"):
            sku = picked.id.removeprefix("sku:")
            variant = next((v for v in others if v.sku == sku), None)
        if variant is not None:
            self._take(dialogue, variant)
            return True
        return self._comes_nearer(dialogue, others)

    def _comes_nearer(self, dialogue: Dialogue, others: Sequence[Variant]) -> bool:
        """ "Black", where black is not there in their size: those that are, to choose from."""
        near = which_variant.near(others, dialogue.turn_text)
        before = dialogue.task.answers.get("variants_near")
        if not near or len(near) == len(others) or [v.sku for v in near] == before:
            return False
        dialogue.task.answers["variants_near"] = [v.sku for v in near]
        return True

    def correct(self, dialogue: Dialogue) -> bool:
        task = dialogue.task
        if not task.answers.get("wanted_known") or task.line is None:
            return False
        others = which_variant.others_in_stock(dialogue.context.services, dialogue.request())
        variant = self._meant(dialogue, others, dialogue.turn_text)
        if variant is None or _plain(variant.options) == _plain(task.wanted):
            return False
        self._take(dialogue, variant)
        task.remedy, task.remedies = None, []
        return True

    def _meant(self, dialogue: Dialogue, others: Sequence[Variant], words: str) -> Variant | None:
        if not others or not words:
            return None
        now = which_variant.options_now(dialogue.context.services, dialogue.request())
        return which_variant.meant(others, words, now)

    def _take(self, dialogue: Dialogue, variant: Variant) -> None:
        dialogue.task.wanted = dict(variant.options)
        dialogue.task.answers["wanted_known"] = True


def _plain(options: dict[str, str]) -> dict[str, str]:
    return {name: value.casefold() for name, value in options.items()}


class Words(Step):
    """Free words, asked only when the first message did not hold them."""

    def __init__(self, slot: str, response: str, *, enough: int = 5) -> None:
        self.slot = slot
        self._response = response
        self._enough = enough

    def is_open(self, dialogue: Dialogue) -> bool:
        return self.slot not in dialogue.task.answers

    def ask(self, dialogue: Dialogue, *, again: bool) -> None:
        if len(dialogue.task.words.split()) >= self._enough:
            dialogue.task.answers[self.slot] = dialogue.task.words
            return
        dialogue.context.say(f"{self._response}_again" if again else self._response)

    def read(self, dialogue: Dialogue) -> bool:
        if len(dialogue.turn_text.split()) < 2 or bends.is_beside_the_question(dialogue):
            return False
        dialogue.task.answers[self.slot] = dialogue.turn_text
        dialogue.task.words = f"{dialogue.task.words} {dialogue.turn_text}".strip()
        return True
