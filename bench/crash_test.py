"""Kill the app and Rasa at random moments while customers talk; then look at the record.

`make crash-test`, or `python -m bench.crash_test --conversations 200 --seed 7`. Everything
runs in a state folder of its own. Exits with 1 when a promise was broken.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import crash_checks, instance, processes
from bench.crash_clients import Patient, Sent, talks
from bench.instance import CARELINE, ROOT
from careline.channels import tokens
from careline.kit.clock import SystemClock
from careline.kit.database import Database
from careline.kit.secrets import with_secrets
from careline.kit.settings import Settings

AT_ONCE = 6
PAUSE_SECONDS = (3.0, 18.0)  # from the moment that the app is up again to the next kill
RASA_SHARE = 0.2  # of the kills; Rasa needs up to a minute to come back on a busy machine
WHILE_STARTING = 0.1  # of the kills come before the app is up again
SETTLED_WITHIN_SECONDS = 240


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--conversations", type=int, default=200)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--keep", action="store_true", help="leave the state folder behind")
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="careline-crash-"))
    try:
        return _run(folder / "var", given.conversations, given.seed)
    finally:
        if given.keep:
            print(f"State: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _run(state: Path, conversations: int, seed: int) -> int:
    state.mkdir(parents=True)
    instance.copy_model(state)
    public, actions, *rasa = (processes.free_port() for _ in range(4))
    env = instance.environment(state, public, actions, rasa)
    subprocess.run([CARELINE, "seed"], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{public}"
    log = state / "run.log"
    with processes.running([str(CARELINE), "run"], folder=ROOT, env=env, log=log) as process:
        processes.wait_for_answer(process, lambda: instance.healthy(base), seconds=300, log=log)
        started = time.monotonic()
        killer = Killer(state, base, random.Random(seed))
        killer.start()
        sent = _talk(base, state, conversations, seed)
        killer.stop()
        talked = time.monotonic() - started
        record, shop = (Database(f"sqlite:///{state}/{name}.db") for name in ("careline", "shop"))
        left = _settle(base, record)
        found = crash_checks.examine(record, shop, state / "rasa.db", sent.accepted)
        found["nothing is left waiting"] = left
        found["every customer could talk to the end"] = sent.odd
        _print(found, sent, killer, talked, crash_checks.outcomes(record))
        record.close()
        shop.close()
    return 1 if any(found.values()) else 0


class Killer(threading.Thread):
    """SIGKILL to the app or to Rasa, by the pid that the supervisor's children write down."""

    def __init__(self, state: Path, base: str, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.kills = {"app": 0, "rasa": 0}
        self._state, self._base, self._chance = state, base, chance
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(self._chance.uniform(*PAUSE_SECONDS)):
            if self._chance.random() >= WHILE_STARTING:
                self._wait_for_the_app()
            name = "app"
            if self._chance.random() < RASA_SHARE and instance.healthy(self._base):
                # Not while it is still coming up: killing it again would only be waiting. One of
                # its workers more often than the process that they are forked from.
                name = self._chance.choice(["rasa", "rasa-1", "rasa-2", "rasa-1", "rasa-2"])
            if instance.kill(self._state, name):
                self.kills[name.split("-")[0]] += 1

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def _wait_for_the_app(self) -> None:
        while not instance.alive(self._base) and not self._stopped.wait(0.5):
            pass


def _talk(base: str, state: Path, conversations: int, seed: int) -> Sent:
    secret = with_secrets(Settings(state=state)).identity_secret.get_secret_value()
    now, sent = SystemClock().now(), Sent()

    def one(number: int, first: str, chance: random.Random) -> None:
        is_visitor = number % 10 == 8  # the one who asks a plain question
        identity = None if is_visitor else tokens.identity_token(secret, f"C{1001 + number}", now)
        try:
            Patient(base, identity, sent, chance).talk(first)
        except (RuntimeError, KeyError, ValueError) as error:
            with sent.lock:
                sent.odd.append(f"conversation {number}: {error}")
        with sent.lock:
            sent.talks += 1

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for each in [pool.submit(one, *talk) for talk in talks(seed, conversations)]:
            each.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C does not wait for the rest
    return sent


def _settle(base: str, record: Database) -> list[str]:
    """Wait until nothing is waiting any more; what still is."""
    until = time.monotonic() + SETTLED_WITHIN_SECONDS
    while time.monotonic() < until:
        left = crash_checks.unfinished(record), crash_checks.waiting_for_shop(record)
        if not any(left) and instance.healthy(base):
            return []
        time.sleep(1)
    return [f"{left[0]} messages and {left[1]} cases after {SETTLED_WITHIN_SECONDS} s"]


def _print(
    found: dict[str, list[str]],
    sent: Sent,
    killer: Killer,
    seconds: float,
    outcomes: dict[str, int],
) -> None:
    print(f"\n{sent.talks} conversations in {seconds:.0f} s, {AT_ONCE} at once.")
    print(f"{len(sent.accepted)} messages accepted; {sent.retries} requests had to be repeated.")
    print(f"Killed: the app {killer.kills['app']} times, Rasa {killer.kills['rasa']} times.\n")
    for what, count in outcomes.items():
        print(f"  {what:<40} {count:>6}")
    print()
    for promise, breaches in found.items():
        print(f"  {'✗' if breaches else '✓'} {promise}")
        for breach in breaches[:5]:
            print(f"      {breach}")
        if len(breaches) > 5:
            print(f"      and {len(breaches) - 5} more")


if __name__ == "__main__":
    sys.exit(main())
