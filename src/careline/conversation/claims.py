"""Who holds a claim, and whether that process is still there.

A claim is broken at once when its process is known to be dead on this machine; claims of
other machines run out by their time.
"""

import os
import socket
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from careline.journey.models import Conversation
from careline.kit.ids import new_id


@dataclass(frozen=True)
class Holder:
    """This process, told apart from an earlier one with the same number."""

    host: str = field(default_factory=lambda: socket.gethostname()[:30])
    pid: int = field(default_factory=os.getpid)
    run: str = field(default_factory=lambda: new_id("run"))

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}/{self.run}"


@dataclass(frozen=True)
class Claim:
    """A conversation is this process's to answer, for so long."""

    holder: Holder
    until: datetime

    @property
    def columns(self) -> dict[str, Any]:
        return {"claimed_by": str(self.holder), "claimed_until": self.until}

    def is_kept_from(self, conversation: Conversation, now: datetime) -> bool:
        """Whether another process has it still."""
        if conversation.claimed_by is None or conversation.claimed_until is None:
            return False
        if conversation.claimed_until <= now or conversation.claimed_by == str(self.holder):
            return False
        return not is_gone(conversation.claimed_by, self.holder)


def is_gone(claimed_by: str, me: Holder) -> bool:
    """Whether the process that made the claim is certainly dead."""
    host, _, rest = claimed_by.rpartition("/")[0].rpartition("/")
    if host != me.host or not rest.isdigit():
        return False
    if int(rest) == me.pid:  # our number, but not our run: it was ours before a restart
        return claimed_by != str(me)
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
