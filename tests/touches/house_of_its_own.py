"""A home folder for real processes: the shipped policies without quiet hours and hold-out, one
playbook, its words; for tests and the bench that run workers at any time of the day.
"""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import missing

ROOT = Path(__file__).parent.parent.parent
_PLAYBOOK = """\
title: A check-in
about: Asks how it goes.
owner: support
purpose: service
when: {event: order.delivered}
say: utter_touch_check_in
subject: How is it going?
at_most: {per: order}
too_late_after: {days: 7}
"""
_DOMAIN = """\
responses:
  utter_touch_check_in:
    - text: "How is order {order}?"
"""
_QUIET = ('from: "20:00"\n  until: "09:00"\n  sundays: true',
          'from: "00:00"\n  until: "00:00"\n  sundays: false')  # fmt: skip


def make_home(folder: Path) -> Path:
    for shared in ("help", "migrations"):
        (folder / shared).symlink_to(ROOT / shared)
    shutil.copytree(ROOT / "policies", folder / "policies")
    contact = folder / "policies" / "contact.yml"
    text = contact.read_text()
    for was, becomes in (_QUIET, ("percent: 10", "percent: 0"), ("web: 500", "web: 5000")):
        assert was in text, was
        text = text.replace(was, becomes)
    contact.write_text(text)
    (folder / "playbooks").mkdir()
    (folder / "playbooks" / "check_in.yml").write_text(_PLAYBOOK)
    (folder / "domain.yml").write_text(_DOMAIN)
    return folder


@contextmanager
def own_queue() -> Iterator[str]:
    """The URL of an empty RabbitMQ host, removed afterwards; skips where that cannot be made."""
    given = os.environ.get("CARELINE_TEST_RABBITMQ_URL")
    if given:
        yield given
        return
    control = shutil.which("rabbitmqctl")
    if control is None:
        missing("no rabbitmqctl, and no CARELINE_TEST_RABBITMQ_URL")
    name = f"careline-test-{secrets.token_hex(4)}"
    made = subprocess.run([control, "-q", "add_vhost", name], capture_output=True, check=False)
    if made.returncode:
        missing("RabbitMQ does not run here, or may not be asked")
    try:
        allow = [control, "-q", "set_permissions", "-p", name, "guest", ".*", ".*", ".*"]
        subprocess.run(allow, check=True, capture_output=True)
        yield f"amqp://guest:guest@127.0.0.1:5672/{name}"
    finally:
        subprocess.run([control, "-q", "delete_vhost", name], check=False, capture_output=True)
