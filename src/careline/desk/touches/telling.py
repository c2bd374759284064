"""A playbook in words, as somebody tells a colleague what it does. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from careline.journey.words import Channel, FeedbackKind, Purpose
from careline.touches.playbook import Playbook, Span, Whom

CHANNELS: Mapping[Channel, str] = {
    Channel.WEB: "the web chat",
    Channel.EMAIL: "e-mail",
    Channel.WHATSAPP: "WhatsApp",
}
PURPOSES: Mapping[Purpose, str] = {
    Purpose.SERVICE: "service: goes until they say no",
    Purpose.RESEARCH: "research: goes until they say no",
    Purpose.MARKETING: "marketing: goes only to those who agreed",
}
SURVEYS: Mapping[FeedbackKind, str] = {
    FeedbackKind.CSAT: "satisfaction, 1 to 5",
    FeedbackKind.CES: "effort, 1 to 7",
    FeedbackKind.NPS: "recommendation, 0 to 10",
    FeedbackKind.REVIEW: "a review, 1 to 5 stars",
}


def told(book: Playbook) -> list[tuple[str, str]]:
    """What and how, in the order in which it happens."""
    return list(_lines(book))


def _lines(book: Playbook) -> Iterator[tuple[str, str]]:
    yield "What for", book.about
    yield "When", _when(book)
    yield "How long after", _wait(book)
    if people := "; ".join(_whom(book.whom)):
        yield "For whom", people
    if book.unless:
        yield "Not if, since then", ", ".join(_event(kind) for kind in book.unless)
    yield "By", ", or else ".join(CHANNELS.get(c, c.value) for c in book.channels)
    if book.survey is not None:
        yield "Asks for", SURVEYS[book.survey]
    if book.replies:
        topics = list(dict.fromkeys(book.replies.values()))
        yield "Their answer may open", ", ".join(topic.replace("_", " ") for topic in topics)
    yield "At most", _at_most(book)
    yield "Too late", f"{span(book.too_late_after)} after its time"
    if book.goal is not None:
        yield "Its goal", f"{_event(book.goal.event)} within {span(book.goal.within)}"
    if book.gift is not None:
        yield "Gives", f"store credit of {_money(book.gift.worth)}: {book.gift.why}"
    if book.cost:
        yield "Costs", f"{_money(book.cost)} each"
    yield "Purpose", PURPOSES[book.purpose]
    yield "Comes before others", f"{book.priority} of 100"
    if book.safety:
        yield "Safety", "does not wait for caps, quiet hours, moods, open cases or the hold-out"
    yield "Whose it is", book.owner


def span(of: Span) -> str:
    """{days: 2, hours: 4} → "2 days 4 hours"; nothing is "at once"."""
    parts = [
        f"{count} {unit if count != 1 else unit.removesuffix('s')}"
        for count, unit in ((of.days, "days"), (of.hours, "hours"), (of.minutes, "minutes"))
        if count
    ]
    return " ".join(parts) or "at once"


def _event(kind: str) -> str:
    return kind.replace(".", " ").replace("_", " ")


def _when(book: Playbook) -> str:
    when = book.when
    if when.silence is not None:
        return f"nothing was heard for {span(when.silence)}"
    if when.stage is not None:
        return f"they enter the stage {when.stage.value}"
    again = f", and again every {span(when.every)}" if when.every else ""
    return f"{_event(when.event or '')}{again}"


def _wait(book: Playbook) -> str:
    wait = book.wait
    words = span(wait.time)
    if wait.until is not None and wait.at_most is not None:
        otherwise = "then it goes anyway" if wait.then == "send" else "else not at all"
        words = f"{words} after {_event(wait.until)}"
        words += f", which has {span(wait.at_most)} to happen, {otherwise}"
    if wait.at_hour is not None:
        words += f", at {wait.at_hour}:00 where they live"
    return words


def _whom(whom: Whom) -> Iterator[str]:
    for given, words in (
        (whom.segments, "segment"),
        (whom.countries, "in"),
        (whom.stages, "in the stage"),
        (whom.case_kinds, "after a case of"),
        (whom.resolutions, "which ended with"),
        (whom.categories, "who bought of"),
    ):
        if given:
            yield f"{words} {', '.join(str(one).replace('_', ' ') for one in given)}"
    if whom.orders_at_least is not None:
        yield f"at least {whom.orders_at_least} order{'s' if whom.orders_at_least > 1 else ''}"
    if whom.order_worth_at_least:
        yield f"the order is worth at least {_money(whom.order_worth_at_least)}"
    if whom.score is not None:
        low, high = whom.score.at_least, whom.score.at_most
        bounds = [
            f"at least {low}" if low is not None else "",
            f"at most {high}" if high is not None else "",
        ]
        yield f"a score of {' and '.join(bound for bound in bounds if bound)}"
    if whom.pleased is not None:
        yield "pleased with us at the last" if whom.pleased else "not pleased with us at the last"
    if whom.after_a_case is not None:
        yield "had a case that was resolved" if whom.after_a_case else "never had a case"


def _at_most(book: Playbook) -> str:
    rule = book.at_most
    times = "once" if rule.times == 1 else f"{rule.times} times"
    within = f" in {span(rule.within)}" if rule.within is not None else ""
    return f"{times} for each {rule.per}{within}"


def _money(worth: Mapping[str, Decimal]) -> str:
    return " / ".join(f"{currency} {amount:,}" for currency, amount in worth.items())
