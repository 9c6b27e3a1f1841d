"""A device as a real process that can be killed at any moment: it keeps requests and sends them, as fast as it can.

One process has everything imported and starts the device in children of its own.  The network between it and the desk
is cut at random, before a request goes out or before its answer is back.
"""

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from intents.callback_form import Form, Stage
from intents.name_slot import NameHeard
from intents.phone_slot import PhoneDraft
from intents.when_types import TOKYO, Window, Wishes
from server.client import DeskClient
from server.clock import system_clock
from voice.desk_calls import Line, Matter, Speaker
from voice.desk_enrolment import FILE, EnrolmentFile
from voice.desk_link import DeskLink

ROOT = Path(__file__).parents[2]
TOLD = "told.txt"  # ids of which the customer was told that they are kept
BETWEEN_LIVES = timedelta(minutes=3)  # by the device's clock: what the last one was sending is due again
CUT = 0.15  # of the exchanges, each way


class CutNetwork(httpx.BaseTransport):
    """The network, which sometimes is none."""

    def __init__(self, chance):
        self._real, self._chance = httpx.HTTPTransport(), chance

    def handle_request(self, request):
        if self._chance.random() < CUT:
            raise httpx.ConnectError("cut")
        answer = self._real.handle_request(request)
        if self._chance.random() < CUT:
            answer.read()
            answer.close()
            raise httpx.ReadError("cut")
        return answer

    def close(self):
        self._real.close()


def live(folder, life):
    """Take requests down until killed; each customer has a number of their own."""
    chance = random.Random(life)
    told = os.open(folder / TOLD, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    link = DeskLink(
        EnrolmentFile(folder / FILE),
        folder / "outbox.db",
        clock=lambda: system_clock() + life * BETWEEN_LIVES,
        jitter=chance.random,
        connect=lambda enrolment: DeskClient(enrolment.url, enrolment.token, transport=CutNetwork(chance)),
    )
    matter = Matter(lines=(Line(speaker=Speaker.CUSTOMER, text="直してほしい"),), agreed_at=datetime.now(UTC))
    with link:
        for number in range(1000):
            request_id = link.store(form_of(life * 1000 + number), matter)
            if request_id is not None:
                os.write(told, f"{request_id}\n".encode())  # 「受け付けました」
                link.delivered(request_id, 0.3)


def form_of(number):
    begins = datetime.now(TOKYO).replace(minute=0, second=0, microsecond=0) + timedelta(days=1 + number % 9)
    return Form(
        stage=Stage.SUMMARY,
        consent="よろしいでしょうか。",
        name=NameHeard(reading="ヤマダハナコ", written="山田花子"),
        phone=PhoneDraft(digits=f"090{10_000_000 + number}"),
        wishes=Wishes(windows=(Window(begins=begins, ends=begins + timedelta(hours=3)),)),
    )


def main(folder):
    for life in sys.stdin:
        child = os.fork()
        if child == 0:
            live(folder, int(life))
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


class DeviceProcess:
    """Starts and kills the device of a folder; `program` is a module like this one."""

    def __init__(self, folder, program="tests.acceptance.device_process"):
        self._starter = subprocess.Popen(
            [sys.executable, "-m", program, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        self._child = None

    def start(self, life):
        self._starter.stdin.write(f"{life}\n")
        self._starter.stdin.flush()
        self._child = int(self._starter.stdout.readline())

    def kill(self):
        """End it as a power cut would, without a word."""
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)
        assert self._starter.stdout.readline() == "gone\n"
        self._child = None

    def close(self):
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
        self._starter.stdin.close()
        self._starter.wait(timeout=30)
        self._starter.stdout.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
