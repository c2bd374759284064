"""Kill the app and Rasa at random moments while customers talk; then look at the record.

`make crash-test`, or `python -m bench.crash_test --conversations 200 --seed 7`. Everything
runs in a state folder of its own. Exits with 1 when a promise was broken.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil

from bench import crash_checks, processes
from bench.crash_clients import Patient, Sent, talks
from careline import training
from careline.channels import tokens
from careline.kit.clock import SystemClock
from careline.kit.database import Database
from careline.kit.secrets import with_secrets
from careline.kit.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
CARELINE = ROOT / ".venv" / "bin" / "careline"
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
    _copy_model(state)
    public, actions, rasa = (processes.free_port() for _ in range(3))
    env = _environment(state, public, actions, rasa)
    subprocess.run([CARELINE, "seed"], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{public}"
    log = state / "run.log"
    with processes.running([str(CARELINE), "run"], folder=ROOT, env=env, log=log) as process:
        processes.wait_for_answer(process, lambda: _healthy(base), seconds=300, log=log)
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
            name = "rasa" if self._chance.random() < RASA_SHARE else "app"
            if name == "rasa" and not _healthy(self._base):
                name = "app"  # it is still coming up: killing it again would only be waiting
            self._kill(name)

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def _wait_for_the_app(self) -> None:
        while not _alive(self._base) and not self._stopped.wait(0.5):
            pass

    def _kill(self, name: str) -> None:
        try:
            pid = int((self._state / "run" / f"{name}.pid").read_text())
            process = psutil.Process(pid)
            ours = str(self._state) in process.environ().get("CARELINE_STATE", "")
            if ours:
                os.kill(pid, signal.SIGKILL)
                self.kills[name] += 1
        except (OSError, ValueError, psutil.Error):
            return  # it is between two lives


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
        if not any(left) and _healthy(base):
            return []
        time.sleep(1)
    return [f"{left[0]} messages and {left[1]} cases after {SETTLED_WITHIN_SECONDS} s"]


def _copy_model(state: Path) -> None:
    """Of the usual state folder; when it is not current, `careline run` trains anew."""
    usual = training.model_path(Settings(home=ROOT)).parent
    if training.is_current(Settings(home=ROOT)):
        shutil.copytree(usual, state / "models")


def _environment(state: Path, public: int, actions: int, rasa: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CARELINE_")}
    return {
        **kept,
        "CARELINE_STATE": str(state),
        "CARELINE_DEMO": "true",
        "CARELINE_PORT": str(public),
        "CARELINE_ACTIONS_PORT": str(actions),
        "CARELINE_RASA_URL": f"http://127.0.0.1:{rasa}",
        "CARELINE_CHAT_RATE": "100000",
        "CARELINE_ADDRESS_RATE": "100000",
    }


def _healthy(base: str) -> bool:
    return _answers(f"{base}/healthz")


def _alive(base: str) -> bool:
    return _answers(f"{base}/livez")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=3, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


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
