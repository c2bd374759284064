"""`careline user …`: the team's accounts from the command line; the first admin comes from here."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from careline.bootstrap import Container
from careline.desk.accounts import invitations, passwords, team
from careline.journey.models import Staff
from careline.journey.words import Role
from careline.kit.errors import Invalid, NotFound

Email = Annotated[str, typer.Argument(help="Their e-mail address")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input")
]
_BY = "admin:cli"


def commands(
    container: Callable[[], AbstractContextManager[Container]], out: Console
) -> typer.Typer:
    user = typer.Typer(no_args_is_help=True, help="The team's accounts at the desk.")

    @user.command()
    def add(
        email: Email,
        name: Annotated[str, typer.Option(help="As customers and colleagues see it")],
        role: Annotated[Role, typer.Option(help="staff, lead, cx or admin")] = Role.STAFF,
        password_stdin: FromStdin = False,
    ) -> None:
        """Make an account; it prints a link by which they set their password."""
        with container() as made:
            password = _typed() if password_stdin else None
            with made.database.begin() as session:
                who = team.hire(
                    session, made.clock.now(), email=email, name=name, role=role, teams=["support"]
                )
                _set(session, who, password)
            out.print(f"{who.name} <{who.email}> works at the desk as {who.role}.", markup=False)
            _say_how(made, who, out)

    @user.command("list")
    def everybody() -> None:
        """Who works at the desk."""
        with container() as made, made.database.read() as session:
            people = team.everybody(session)
        table = Table("name", "e-mail", "role", "teams", "state", box=None)
        for one in people:
            state = "left" if not one.active else "" if one.password_hash else "no password yet"
            table.add_row(one.name, one.email, one.role, ", ".join(one.teams), state)
        out.print(table if people else "Nobody yet: careline user add EMAIL --name … --role admin")

    @user.command()
    def password(email: Email, password_stdin: FromStdin = False) -> None:
        """Forget password and second step, sign out everywhere; a link sets a new one."""
        with container() as made:
            new = _typed() if password_stdin else None
            with made.database.begin() as session:
                who = team.reset(session, made.clock.now(), _known(session, email).id, by=_BY)
                _set(session, who, new)
            _say_how(made, who, out)

    @user.command()
    def deactivate(email: Email) -> None:
        """Out at once; what they had in hand is back in the queue."""
        with container() as made:
            with made.database.begin() as session:
                who = team.let_go(
                    session,
                    made.clock.now(),
                    _known(session, email).id,
                    by=_BY,
                    policies=made.policies,
                )
            out.print(f"{who.name} is out.", markup=False)

    return user


def _set(session: Session, who: Staff, password: str | None) -> None:
    if password is not None:
        who.password_hash = passwords.hashed(password, email=who.email, name=who.name)


def _say_how(made: Container, who: Staff, out: Console) -> None:
    base = made.settings.base_url
    if who.password_hash:
        out.print(f"Sign in at {base}/desk", markup=False)
        return
    token = invitations.token_for(made.settings.secret.get_secret_value(), who, made.clock.now())
    out.print("Their password is set, once and within three days, at", markup=False)
    out.print(f"{base}/desk/welcome?token={token}", markup=False)


def _typed() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Invalid("No password came on standard input.", field="password")
    return password


def _known(session: Session, email: str) -> Staff:
    found = team.by_email(session, email)
    if found is None:
        raise NotFound(f"Nobody with the address {email} has an account.")
    return found
