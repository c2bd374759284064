"""Read playbooks/*.yml, and say of every mistake where it is and what is allowed there."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

from careline.journey.words import Channel
from careline.service.policies.loading import PolicyError, line_of, load_section
from careline.touches.playbook import Playbook

Playbooks = dict[str, Playbook]  # by name, the most important first
NEEDS_A_TEMPLATE = (Channel.WHATSAPP,)
_FORM = "_form"


@dataclass(frozen=True)
class Known:
    """What playbooks may name: the bot's responses, intents and topics, and the departments."""

    responses: Collection[str] = ()
    intents: Collection[str] = ()
    topics: Collection[str] = ()
    owners: Collection[str] = field(default=())

    @classmethod
    def of(cls, domain_file: Path, owners: Collection[str]) -> "Known":
        domain = YAML(typ="safe").load(domain_file.read_text(encoding="utf-8"))
        intents = [next(iter(i)) if isinstance(i, dict) else i for i in domain.get("intents", [])]
        topics = [name.removesuffix(_FORM) for name in domain.get("forms", {})]
        return cls(list(domain.get("responses", {})), intents, topics, list(owners))


def load_playbooks(folder: Path, known: Known | None = None) -> Playbooks:
    """All playbooks of the folder. Raises PolicyError with everything that is wrong.

    Without `known`, what they name elsewhere is not looked up.
    """
    problems: list[str] = []
    found = []
    for file in sorted(folder.glob("*.yml")):
        section = load_section(file, Playbook, problems)
        if isinstance(section, Playbook):
            book = section.model_copy(update={"name": file.stem})
            problems += [
                f"{file}, line {line_of(file, *at)}, {'.'.join(at)}: {advice}"
                for at, advice in _unknown(book, known)
            ]
            found.append(book)
    if problems:
        raise PolicyError(problems, "playbooks")
    return {book.name: book for book in sorted(found, key=lambda b: (-b.priority, b.name))}


def _unknown(book: Playbook, known: Known | None) -> Iterator[tuple[tuple[str, ...], str]]:
    """The field, and what is allowed there."""
    for channel in NEEDS_A_TEMPLATE:
        if channel in book.channels and channel not in book.templates:
            yield ("channels",), f"{channel} demands a template; name one under templates"
    if known is None:
        return
    if book.say not in known.responses:
        yield ("say",), f"{book.say} is no response of domain.yml"
    if book.owner not in known.owners:
        allowed = ", ".join(known.owners)
        yield ("owner",), f"{book.owner} is not a department of owners.yml; one of {allowed}"
    for intent, topic in book.replies.items():
        if intent not in known.intents:
            yield ("replies", intent), f"{intent} is no intent of domain.yml"
        if topic not in known.topics:
            allowed = ", ".join(sorted(known.topics))
            yield ("replies", intent), f"{topic} is no topic of the bot; one of {allowed}"
