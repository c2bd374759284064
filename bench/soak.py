"""Customers talk and colleagues work for minutes, while the app is killed; then the record is read.

`make soak`, or `python -m bench.soak --customers 50 --staff 5 --minutes 10 --kills 4 --seed 1`.
Everything runs in a state folder of its own. Exits with 1 when a promise was broken.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from bench import crash_checks, instance, processes, soak_checks
from bench.soak_checks import Line, Record, Step
from bench.soak_people import Colleague, Customer, World
from careline.channels import tokens
from careline.desk.accounts import passwords, team
from careline.journey.models import Audit, Conversation, Message, Note
from careline.journey.words import Role
from careline.kit.clock import SystemClock
from careline.kit.database import Database
from careline.kit.secrets import with_secrets
from careline.kit.settings import Settings

PASSWORD = "seven quiet herons by the water"
FIRST_CUSTOMER = 1001  # of the demo shop
SETTLED_WITHIN = 120  # seconds


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, default=50)
    options.add_argument("--staff", type=int, default=5)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--kills", type=int, default=4)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", action="store_true", help="leave the state folder behind")
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="careline-soak-"))
    try:
        return _run(folder / "var", given)
    finally:
        if given.keep:
            print(f"State: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _run(state: Path, given: argparse.Namespace) -> int:
    state.mkdir(parents=True)
    instance.copy_model(state)
    public, actions, *rasa = (processes.free_port() for _ in range(4))
    env = instance.environment(state, public, actions, rasa) | {"CARELINE_LOG_LEVEL": "WARNING"}
    seeding = [str(instance.CARELINE), "seed"]
    subprocess.run(seeding, cwd=instance.ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    base, log = f"http://127.0.0.1:{public}", state / "run.log"
    record = Database(f"sqlite:///{state}/careline.db")
    hired = _hire(record, given.staff)
    running = [str(instance.CARELINE), "run"]
    with processes.running(running, folder=instance.ROOT, env=env, log=log) as process:
        processes.wait_for_answer(process, lambda: instance.healthy(base), seconds=300, log=log)
        world = World(base)
        people = _people(world, state, hired, given)
        kills = _let_them(world, people, state, given)
        world.odd += _settle(base, record)
        for page in world.pages:
            page.close(is_whole=True)
        found = soak_checks.examine(_read(record), world.known)
        found["everybody could do their part"] = world.odd
        _print(found, world, kills, given)
    record.close()
    return 1 if any(found.values()) else 0


def _hire(record: Database, count: int) -> dict[str, str]:
    """E-mail and id of each; leads last."""
    hired = {}
    with record.begin() as session:
        for n in range(count):
            email = f"colleague{n + 1}@shop.example"
            role = Role.LEAD if n == count - 1 and n else Role.STAFF
            now = SystemClock().now()
            who = team.hire(
                session, now, email=email, name=f"Colleague {n + 1}", role=role, teams=["support"]
            )
            who.password_hash = passwords.hashed(PASSWORD, email=email, name=who.name)
            hired[email] = who.id
    return hired


def _people(
    world: World, state: Path, hired: dict[str, str], given: argparse.Namespace
) -> list[Callable[[], None]]:
    secret = with_secrets(Settings(state=state)).identity_secret.get_secret_value()
    now = SystemClock().now()
    parts: list[Callable[[], None]] = []
    for n in range(given.customers):
        identity = tokens.identity_token(secret, f"C{FIRST_CUSTOMER + n}", now)
        chance = random.Random(given.seed * 100_003 + n)
        parts.append(Customer(world, identity, chance).live)
    for n, (email, staff_id) in enumerate(hired.items()):
        others = [one for one in hired.values() if one != staff_id] or [staff_id]
        chance = random.Random(given.seed * 200_003 + n)
        colleague = Colleague(world, email, PASSWORD, others, chance)
        colleague.sign_in()
        parts.append(colleague.work)
    return parts


def _let_them(
    world: World, people: list[Callable[[], None]], state: Path, given: argparse.Namespace
) -> int:
    """Run for the minutes; how often the app was killed meanwhile."""

    def live(part: Callable[[], None]) -> None:
        try:
            part()
        except Exception as error:  # noqa: BLE001 - it is in the report, and fails the run
            with world.lock:
                world.odd.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=live, args=(part,), daemon=True) for part in people]
    for thread in threads:
        thread.start()
    killed, seconds = 0, given.minutes * 60
    chance = random.Random(given.seed)
    started = time.monotonic()
    for n in range(given.kills):
        at = seconds * (n + chance.uniform(0.3, 0.9)) / given.kills
        time.sleep(max(0.0, started + at - time.monotonic()))
        killed += instance.kill(state, "app")
    time.sleep(max(0.0, started + seconds - time.monotonic()))
    world.stop.set()
    for thread in threads:
        thread.join(timeout=SETTLED_WITHIN)
    world.odd += [f"{thread.name} did not end" for thread in threads if thread.is_alive()]
    return killed


def _settle(base: str, record: Database) -> list[str]:
    """Wait until no turn is waiting and no hand-back unsaid; what still is."""
    until = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < until:
        left = crash_checks.unfinished(record), _unsaid(record)
        if not any(left) and instance.healthy(base):
            time.sleep(5)  # for the streams to show it; they look every three
            return []
        time.sleep(1)
    return [f"{left[0]} messages and {left[1]} hand-backs wait after {SETTLED_WITHIN} s"]


def _unsaid(record: Database) -> int:
    with record.read() as session:
        return session.query(Conversation).filter(Conversation.handback_at.is_not(None)).count()


def _read(record: Database) -> Record:
    with record.read() as session:
        customers = dict(session.execute(select(Conversation.id, Conversation.customer_id)).all())
        modes = dict(session.execute(select(Conversation.id, Conversation.mode)).all())
        said = session.scalars(
            select(Message).order_by(Message.conversation_id, Message.position)
        ).all()
        done = session.scalars(
            select(Audit).where(Audit.did.startswith("conversation.")).order_by(Audit.at, Audit.id)
        ).all()
        notes = session.scalars(select(Note.key)).all()
    return Record(
        lines=[
            Line(
                id=one.id,
                conversation=one.conversation_id,
                customer=customers[one.conversation_id],
                position=one.position,
                author=one.author,
                at=one.created_at,
                key=one.provider_id,
                reply_to=one.reply_to,
                text=one.text,
            )
            for one in said
        ],
        steps=[
            Step(
                did=one.did,
                conversation=one.details["conversation"],
                customer=customers[one.details["conversation"]],
                at=one.at,
                to_team=not str(one.details.get("to", "")).startswith("stf_"),
            )
            for one in done
            if one.details.get("conversation") in customers
        ],
        notes=[key for key in notes if not key.startswith("pass:")],
        modes=modes,
        customers=customers,
    )


def _print(
    found: dict[str, list[str]], world: World, kills: int, given: argparse.Namespace
) -> None:
    print(f"\n{given.customers} customers, {given.staff} colleagues, {given.minutes:g} minutes;")
    print(f"the app was killed {kills} times.\n")
    for what, count in sorted(world.did.items()):
        print(f"  {what:<44} {count:>6}")
    print()
    for promise, breaches in found.items():
        print(f"  {'✗' if breaches else '✓'} {promise}")
        for breach in breaches[:5]:
            print(f"      {breach}")
        if len(breaches) > 5:
            print(f"      and {len(breaches) - 5} more")


if __name__ == "__main__":
    sys.exit(main())
