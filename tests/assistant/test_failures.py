"""An action that raised in one process is known to the turn that waits in another."""

import subprocess
import sys

PROGRAM = """
import os
from careline.assistant.failures import ActionFailures

failures = ActionFailures()
failures.share()
if os.fork() == 0:
    failures.remember("cnv_1", "action_return_settle")
    failures.remember("cnv_1", "action_later")
    failures.remember("cnv_2", "ü" * 5000)
    os._exit(0)
os.wait()
print(failures.take("cnv_1"), failures.take("cnv_1"), len(failures.take("cnv_2")), sep="|")
"""


def test_what_one_process_remembers_the_other_takes_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "action_return_settle|None|300"
