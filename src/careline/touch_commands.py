"""`careline touches …`: who hears from us next, and how to stop it, from the command line."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from careline.bootstrap import Container
from careline.journey import audit
from careline.journey.models import Suggestion
from careline.journey.repository import get_customer
from careline.journey.words import Channel, Role, TemplateState
from careline.kit.errors import NotFound
from careline.service.recall import recall
from careline.service.suggestion import is_the_same_as, mark_done
from careline.touches import pauses, templates
from careline.touches.gate import ALL_PLAYBOOKS
from careline.touches.preview import MOST_TOUCHES, Foreseen, preview
from careline.touches.reasons import in_words
from careline.touches.trial import send_test

Name = Annotated[str, typer.Argument(help="The playbook's name, or: all")]
Why = Annotated[str, typer.Option(help="For the team, and for the audit")]
_BY = "admin:cli"


def commands(
    container: Callable[[], AbstractContextManager[Container]], out: Console
) -> typer.Typer:
    touches = typer.Typer(no_args_is_help=True, help="What customers hear from us unasked.")

    @touches.command("preview")
    def foresee(
        days: Annotated[int, typer.Option(min=1, max=90, help="How far ahead")] = 7,
        customer: Annotated[str, typer.Option(help="One alone: our id, the shop's, e-mail")] = "",
        as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False,
    ) -> None:
        """Who would hear what in the next days, and why not; nothing is written."""
        with container() as made, made.database.read() as session:
            foreseen = preview(
                session,
                made.clock.now(),
                made.playbooks,
                made.policies.contact,
                days=days,
                customer_id=get_customer(session, customer).id if customer else None,
            )
        if len(foreseen) >= MOST_TOUCHES:
            typer.echo(f"Only the first {MOST_TOUCHES:,} are looked at; there are more.", err=True)
        if as_json:
            typer.echo(json.dumps([_as_json(one) for one in foreseen], indent=1))
            return
        out.print(_table(foreseen) if foreseen else f"Nothing comes up in the next {days} days.")

    @touches.command()
    def pause(playbook: Name, why: Why) -> None:
        """Hold what it would send from now on."""
        with container() as made:
            with made.database.begin() as session:
                news = pauses.pause(
                    session, made.clock.now(), made.playbooks, _named(playbook),
                    who=_BY, role=Role.ADMIN, why=why,
                )  # fmt: skip
            out.print(f"{playbook} is paused." if news else f"{playbook} was paused before.")

    @touches.command()
    def resume(playbook: Name, why: Why = "") -> None:
        """Let it go on; what was held is judged again."""
        with container() as made:
            with made.database.begin() as session:
                news = pauses.resume(
                    session, made.clock.now(), made.playbooks, _named(playbook),
                    who=_BY, role=Role.ADMIN, why=why,
                )  # fmt: skip
            out.print(f"{playbook} goes on." if news else f"{playbook} was not paused.")

    @touches.command("test")
    def try_out(
        playbook: Annotated[str, typer.Argument(help="The playbook's name")],
        to: Annotated[str, typer.Option(help="The address that a colleague signs in with")],
    ) -> None:
        """Send its words, with an example, to yourself; it is counted nowhere."""
        with container() as made:
            book = made.playbooks.get(playbook)
            if book is None:
                raise NotFound(f"There is no playbook {playbook}.", field="playbook")
            with made.database.begin() as session:
                address = send_test(
                    session, made.clock.now(), book, made.touches.words,
                    to=to, who=_BY, role=Role.ADMIN,
                )  # fmt: skip
            out.print(f"In the outbox for {address}.", markup=False)

    @touches.command("template")
    def note_template(
        channel: Annotated[Channel, typer.Argument(help="The channel")],
        name: Annotated[str, typer.Argument(help="As playbooks and the provider call it")],
        state: Annotated[TemplateState, typer.Argument(help="What the provider says of it")],
        why: Why = "",
    ) -> None:
        """Note whether a channel's provider has approved a template: only such a one is used."""
        with container() as made:
            now = made.clock.now()
            with made.database.begin() as session:
                templates.note(session, now, channel, name, state, why)
                audit.note(
                    session, now, who=_BY, role=Role.ADMIN, did="touches.template",
                    subject=name, details={"channel": channel.value, "state": state.value},
                )  # fmt: skip
            out.print(f"{name} is {state.value} on {channel.value}.", markup=False)

    @touches.command("recall")
    def recall_product(
        product: Annotated[str, typer.Argument(help="The product's exact name in the shop")],
        since: Annotated[
            datetime | None, typer.Option(help="Only orders placed from this day on (UTC)")
        ] = None,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    ) -> None:
        """Tell everyone who bought a product that it may hurt somebody."""
        if not yes:
            typer.confirm(f"Write to everyone who bought {product}?", abort=True)
        with container() as made:
            placed_after = since.replace(tzinfo=UTC) if since else None
            new = recall(made.services, product, placed_after=placed_after)
            with made.database.begin() as session:
                audit.note(
                    session, made.clock.now(), who=_BY, role=Role.ADMIN, did="product.recalled",
                    details={"product": product, "orders": new},
                )  # fmt: skip
        out.print(f"{new} orders are concerned; their buyers hear it at once.", markup=False)

    @touches.command("suggestions")
    def list_suggestions() -> None:
        """Customers' ideas that are not done, with those that are the same."""
        with container() as made, made.database.read() as session:
            ideas = session.scalars(
                select(Suggestion)
                .where(Suggestion.state.in_(["new", "considered"]))
                .order_by(Suggestion.created_at.desc())
                .limit(200)
            ).all()
        table = Table("suggestion", "owner", "same as", "in their words", box=None)
        for idea in ideas:
            table.add_row(idea.id, idea.owner, idea.same_as or "", idea.words[:120])
        out.print(table if ideas else "No ideas are waiting.")

    @touches.command("changed")
    def told_us(
        suggestion: Annotated[str, typer.Argument(help="Its id, see `touches suggestions`")],
        words: Annotated[str, typer.Option(help="What was changed, as customers will read it")],
        same: Annotated[list[str] | None, typer.Option(help="Others with the same idea")] = None,
    ) -> None:
        """You told us, we changed it: everyone behind the idea hears so."""
        with container() as made:
            now = made.clock.now()
            with made.database.begin() as session:
                for other in same or ():
                    is_the_same_as(session, now, other, suggestion)
                told = mark_done(session, now, suggestion, words)
                audit.note(
                    session, now, who=_BY, role=Role.ADMIN, did="suggestion.done",
                    subject=suggestion, details={"customers": len(told)},
                )  # fmt: skip
        out.print(
            f"{len(told)} customers are behind it. Who of them hears it, and who does not, is the "
            "gate's to say: see `careline touches preview`."
        )

    return touches


def _named(playbook: str) -> str:
    return ALL_PLAYBOOKS if playbook == "all" else playbook


def _table(foreseen: list[Foreseen]) -> Table:
    table = Table("when (UTC)", "customer", "playbook", "about", "what", "why", box=None)
    for one in foreseen:
        what = one.verdict.value.replace("_", " ") if one.verdict else "held"
        by = f" by {one.channel.value}" if one.channel else ""
        why = in_words(one.why, one.note)
        before = [in_words(hold.why) for hold in one.held if hold.why is not one.why]
        if before:
            why += f" (before that: {'; '.join(before)})"
        table.add_row(
            f"{one.at:%Y-%m-%d %H:%M}", one.customer_id, one.playbook, one.subject, what + by, why
        )
    return table


def _as_json(one: Foreseen) -> dict[str, object]:
    return {
        "touch": one.touch_id,
        "customer": one.customer_id,
        "playbook": one.playbook,
        "about": one.subject,
        "at": one.at.isoformat(),
        "verdict": one.verdict.value if one.verdict else None,
        "why": one.why.value,
        "note": one.note,
        "channel": one.channel.value if one.channel else None,
        "held": [
            {
                "why": hold.why.value,
                "note": hold.note,
                "since": hold.since.isoformat(),
                "until": hold.until.isoformat(),
            }
            for hold in one.held
        ],
    }
