"""The command line: one short function a command; the work is in the rooms."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import select

from careline import app as app_process
from careline import doctor as checks
from careline import jobs, supervisor, training
from careline import replay as replaying
from careline.bootstrap import Container, build
from careline.channels import tokens
from careline.channels.email.reports import is_about_ours, note_report, read_message
from careline.channels.web.demo import is_loopback
from careline.conversation.ports import AssistantUnavailable
from careline.desk.accounts import demo as demo_colleagues
from careline.journey.audit import note as note_in_audit
from careline.journey.erasure import erase_customer
from careline.journey.export import export_customer
from careline.journey.message_words import forget_erased
from careline.journey.models import Conversation
from careline.journey.repository import get_customer
from careline.journey.text_timeline import text_timeline
from careline.journey.words import Role
from careline.kit.clock import Clock, FixedClock
from careline.kit.errors import CarelineError, Forbidden
from careline.kit.logging import configure_logging
from careline.kit.migrate import SchemaUnknown, upgrade
from careline.kit.secrets import with_secrets
from careline.kit.settings import Settings, read_settings
from careline.shops.seed import SeedReport
from careline.shops.seed import seed as seed_demo
from careline.shops.seed_csv import seed_from_csv
from careline.shops.showcase import SHOWCASE
from careline.touch_commands import commands as touch_commands
from careline.user_commands import commands as user_commands
from careline.worker import tick as run_tick

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Careline: customer service and the journey record of a shop.",
)
out = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

Customer = Annotated[str, typer.Argument(help="Our id, the shop's id or an e-mail address")]


def main() -> None:
    """Errors with a name end in one line that says what to do."""
    try:
        cli()
    except (CarelineError, SchemaUnknown, AssistantUnavailable) as error:
        errors.print(f"Error: {error}", style="bold red", markup=False)
        raise SystemExit(1) from error


@cli.command()
def run() -> None:
    """Set everything up and start it; Ctrl-C stops it cleanly."""
    with _container() as made:
        settings = made.settings
        supervisor.check_ports(settings)
        _prepare(made)
        colleagues = _demo_colleagues(made)
    if not training.is_current(settings):
        _train(settings)
    out.print("Starting Rasa and the app …")
    code = supervisor.supervise(settings, _say, lambda: _print_addresses(settings, colleagues))
    out.print("Stopped.")
    raise typer.Exit(code)


@cli.command()
def app() -> None:
    """The app alone, doors and actions; what `careline run` keeps alive."""
    settings = _settings()
    _write_pid(settings, "app")
    made = build(settings)
    upgrade(made.database, settings.home / "migrations")
    made.shop.create()
    app_process.run(made)


@cli.command()
def worker(
    concurrency: Annotated[int, typer.Option(min=1, help="Processes that do jobs")] = 2,
) -> None:
    """Take jobs from the queue (CARELINE_QUEUE_URL) until told to stop; any number may run."""
    settings = _settings()
    jobs.check_queue(settings)
    with _container() as made:
        app = jobs.celery_app(settings)
        handing_out = jobs.HandingOut(made, app)
        jobs.run_worker(app, handing_out, concurrency)


@cli.command()
def train(force: Annotated[bool, typer.Option(help="Even if nothing has changed")] = False) -> None:
    """Train the model, if what it is trained from has changed."""
    with _container() as made:
        settings = made.settings
    if not force and training.is_current(settings):
        out.print("The model is up to date.")
        return
    _train(settings)


@cli.command()
def seed(
    csv: Annotated[Path | None, typer.Option(help="A folder of your own CSV files")] = None,
    if_empty: Annotated[bool, typer.Option(help="Do nothing when the shop has data")] = False,
) -> None:
    """Fill the embedded shop: with the demo, or from CSV files."""
    with _container() as made:
        made.shop.create()
        if if_empty and not made.shop.is_empty():
            out.print("The shop has data already.")
            return
        now = made.clock.now()
        report = (
            seed_from_csv(made.shop_database, csv, now)
            if csv
            else seed_demo(made.shop_database, now)
        )
        out.print(_seeded(report))


@cli.command()
def replay(
    file: Annotated[Path, typer.Argument(help="Tab-separated, or one message a line")],
    column: Annotated[
        str, typer.Option(help="Name of the column that holds the messages")
    ] = "text",
    limit: Annotated[int | None, typer.Option(help="Only the first so many")] = None,
    report: Annotated[Path | None, typer.Option(help="Write every outcome here, as JSON")] = None,
    concurrency: Annotated[int, typer.Option(help="Conversations at once")] = 4,
) -> None:
    """Send each message of a file through the running app, and count what became of it."""
    with _container() as made:
        outcomes = replaying.replay(
            made.settings.base_url,
            replaying.messages_in(file, column)[:limit],
            concurrency=concurrency,
        )
        replaying.add_intents(made.database, outcomes)
    out.print(*replaying.tables(outcomes), sep="\n")
    if report:
        report.write_text(json.dumps([o.as_json() for o in outcomes], indent=1))
    if replaying.poor(outcomes):
        raise typer.Exit(1)


@cli.command()
def journey(customer: Customer) -> None:
    """Print the timeline of one customer."""
    with _container() as made:
        with made.database.begin() as session:
            note_in_audit(
                session,
                made.clock.now(),
                who="admin:cli",
                role=Role.ADMIN,
                did="journey.read",
                subject=get_customer(session, customer).id,
            )
        with made.database.read() as session:
            out.print(text_timeline(session, customer, made.clock.now()))


@cli.command()
def export(customer: Customer) -> None:
    """Print all that is kept of one customer, as JSON, with what Rasa remembers."""
    with _container() as made:
        with made.database.read() as session:
            customer_id = get_customer(session, customer).id
            exported = export_customer(session, customer_id)
            conversations = _conversations(made, customer_id)
        trackers = {each: made.rasa.export(each) for each in conversations}
        _audit(made, "customer.exported", customer_id)
    typer.echo(json.dumps({**exported, "rasa": trackers}, indent=2, ensure_ascii=False))


@cli.command()
def erase(
    customer: Customer,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again")] = False,
) -> None:
    """Erase one customer for good: the record and Rasa's memory. Rasa must be running."""
    with _container() as made:
        with made.database.read() as session:
            customer_id = get_customer(session, customer).id
        if not yes:
            typer.confirm(f"Erase {customer_id} for good?", abort=True)
        # Rasa first: if it cannot be reached nothing is erased, and this may be run again.
        for conversation_id in _conversations(made, customer_id):
            made.rasa.erase(conversation_id)
        with made.database.begin() as session:
            receipt = erase_customer(session, customer_id, made.clock.now())
        forget_erased(made.database)  # if it is cut short, the app's upkeep goes on with it
        _audit(made, "customer.erased", customer_id)
    erased = ", ".join(f"{count} {table}" for table, count in receipt.rows.items() if count)
    out.print(f"Erased {customer_id}: {erased}; {len(receipt.conversations)} trackers in Rasa.")


@cli.command()
def token(
    role: Annotated[Role, typer.Option(help="What the token may reach")],
    customer: Annotated[str, typer.Option(help="With role customer: the shop's id")] = "",
    subject: Annotated[str, typer.Option(help="Whose token it is")] = "cli",
    ttl: Annotated[float, typer.Option(help="Hours that it is valid")] = 8,
) -> None:
    """Print an API token; with role customer the identity that the shop's page would give."""
    settings, now = _settings(), datetime.now(UTC)
    if role is not Role.CUSTOMER:
        secret = settings.secret.get_secret_value()
        typer.echo(tokens.issue(secret, role, subject, now, timedelta(hours=ttl)))
        return
    if not settings.demo or not is_loopback(settings.host):
        raise Forbidden(
            "A customer's identity is given out in demo mode only (CARELINE_DEMO=true), on this "
            "machine only; elsewhere the shop's page signs it."
        )
    if not customer:
        raise Forbidden("Say which customer: --customer C1001.")
    secret = settings.identity_secret.get_secret_value()
    typer.echo(tokens.identity_token(secret, customer, now, timedelta(hours=min(ttl, 1))))


@cli.command()
def tick(now: Annotated[str, typer.Option(help="As if it were then, in ISO 8601")] = "") -> None:
    """Do once what is due: turns to try again, touches, e-mails, settlements that were cut off."""
    clock = FixedClock(_time(now)) if now else None
    with _container(clock) as made:
        made.shop.create()
        done = run_tick(made)
    out.print(
        f"{done.turns} turns, {done.emails} e-mails, {done.settlements} settlements, "
        f"{done.closed} conversations closed, {done.desk} changes at the desk."
    )
    out.print(
        f"Touches: {done.planned} events looked at, {done.touches.sent} sent, "
        f"{done.touches.held} held, {done.touches.held_out} held out, "
        f"{done.touches.dropped} dropped, {done.touches.failed} failed."
    )


@cli.command()
def postmaster() -> None:
    """Read a message to the return address from standard input: an e-mail came back, or is spam."""
    reports = read_message(sys.stdin.buffer.read())
    with _container() as made, made.database.begin() as session:
        ours = [one for one in reports if is_about_ours(session, one)]
        news = sum(note_report(session, made.clock.now(), one) for one in ours)
    out.print(f"{len(reports)} reports, {len(ours)} of e-mails of ours, {news} new.")


@cli.command()
def doctor() -> None:
    """Look at every part and say what to do about those that are not well."""
    findings = checks.examine(_settings())
    for finding in findings:
        mark, style = ("✓", "green") if finding.well else ("✗", "red")
        out.print(f"[{style}]{mark}[/] {finding.part}: {finding.words}")
        if not finding.well:
            out.print(f"  → {finding.advice}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


def _settings() -> Settings:
    settings = read_settings()
    configure_logging(level=settings.log_level, as_json=settings.log_json)
    return with_secrets(settings)


@contextmanager
def _container(clock: Clock | None = None) -> Iterator[Container]:
    settings = _settings()
    made = build(settings, clock)
    try:
        upgrade(made.database, settings.home / "migrations")
        yield made
    finally:
        made.close()


def _prepare(made: Container) -> None:
    made.shop.create()
    if made.settings.demo and made.shop.is_empty():
        out.print("Filling the demo shop …")
        out.print(_seeded(seed_demo(made.shop_database, made.clock.now())))


def _demo_colleagues(made: Container) -> list[str]:
    """Who can open the desk in the demo, and how; nobody outside it."""
    settings = made.settings
    if not settings.demo:
        return []
    secret = settings.secret.get_secret_value()
    with made.database.begin() as session:
        demo_colleagues.hire_if_nobody_works_here(session, made.clock.now(), secret)
    with made.database.read() as session:
        people = demo_colleagues.still_working(session, secret)
    password = demo_colleagues.password(secret)
    return [f"{who.email}  {password}  ({who.role})" for who in people]


def _train(settings: Settings) -> None:
    out.print("Training: the data, the domain or the bot's code has changed …")
    started = datetime.now(UTC)
    # Its own line for each step where nobody watches (CI, a log), one that moves on a terminal.
    with out.status("Training …") as status:

        def say(step: str) -> None:
            seconds = (datetime.now(UTC) - started).total_seconds()
            status.update(f"Training: {step} …")
            if not out.is_terminal:
                out.print(f"  {seconds:3.0f} s  {step}")

        training.train(settings, say)
    out.print(f"Trained in {(datetime.now(UTC) - started).total_seconds():.0f} s.")


def _say(words: str) -> None:
    out.print(f"  {words}")


def _print_addresses(settings: Settings, colleagues: list[str]) -> None:
    base = settings.base_url
    out.print(f"\n[bold]Careline is ready:[/] {base}")
    if settings.demo:
        out.print(f"  demo shop    {base}/   e-mails {base}/demo/outbox")
        for one in SHOWCASE[:6]:
            out.print(f"    as {one.name:<18} {base}/?customer={one.ref}   {one.what_for}")
    out.print(f"  desk         {base}/desk")
    for colleague in colleagues:
        out.print(f"    as {colleague}")
    if not settings.demo:
        out.print("    the first account: careline user add EMAIL --name NAME --role admin")
    out.print(f"  interface    {base}/docs\n  health       {base}/healthz")
    out.print(f"  logs         {settings.state}/log\nCtrl-C stops everything.\n")


def _seeded(report: SeedReport) -> str:
    return (
        f"{report.customers} customers, {report.products} products in {report.variants} "
        f"variants, {report.orders} orders with {report.lines} lines."
    )


def _conversations(made: Container, customer_id: str) -> list[str]:
    with made.database.read() as session:
        return list(
            session.scalars(select(Conversation.id).where(Conversation.customer_id == customer_id))
        )


def _audit(made: Container, did: str, subject: str) -> None:
    with made.database.begin() as session:
        note_in_audit(
            session, made.clock.now(), who="admin:cli", role=Role.ADMIN, did=did, subject=subject
        )


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("give a time such as 2026-11-22T14:00:00+00:00") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _write_pid(settings: Settings, name: str) -> None:
    folder = settings.state / "run"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.pid").write_text(f"{os.getpid()}\n")


cli.add_typer(user_commands(_container, out), name="user")
cli.add_typer(touch_commands(_container, out), name="touches")
