"""A device that looks for articles as fast as it can, over a way on which everything goes wrong; it is killed at any moment.

The desk in the same process publishes, and goes back to earlier articles, under ever higher serials.  Between desk and
device sits somebody who changes bytes, breaks off, takes signatures away, signs with a key of his own, and offers what was
signed long ago anew.  What became of each deed is written down in `deeds.txt` before the next.
"""

import os
import random
import sys
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import httpx

from server.bundle_signature import SigningKey
from server.errors import DeskUnavailable
from tests.bundle_samples import HOURS, KEY, SMOKE, PublishingDesk, bundle_of
from voice.bundle_check import Verdict
from voice.bundle_shelf import BundleShelf
from voice.knowledge_updates import KnowledgeUpdates

ROOT = Path(__file__).parents[2]
DEEDS = "deeds.txt"
BUNDLES = [bundle_of(replace(HOURS, answer=f"{n}時までです。"), SMOKE) for n in range(10)]
UNFIT = "7時までです。"  # these articles fail the device's check
THIEF = SigningKey(b"t" * 32)
PIECE = 400  # bytes


def number_of(serial):
    """Which of the bundles is released under a serial; earlier ones come again and again."""
    return sha256(b"%d" % serial).digest()[0] % len(BUNDLES)


class Broken(httpx.SyncByteStream):
    """An answer that breaks off."""

    def __init__(self, data, after):
        self._data, self._after = data, after

    def __iter__(self):
        for start in range(0, self._after, PIECE):
            yield self._data[start : min(start + PIECE, self._after)]
        raise httpx.ReadError("cut")


class Between:
    """Whoever sits between desk and device; `deed` is what he does to the next answer."""

    def __init__(self, desk, dice):
        self.desk, self.dice, self.deed = desk, dice, "nothing"
        self.desk.spoil = self

    def __call__(self, answer):
        data, headers = answer.read(), dict(answer.headers)
        headers.pop("content-length", None)
        if not data and self.deed in ("changed", "shortened"):
            self.deed = "nothing"  # all of it had arrived before the last kill, or it is known
        if self.deed == "changed" and data:
            at = self.dice.randrange(len(data))
            data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        elif self.deed == "shortened":
            data = data[: self.dice.randrange(len(data) + 1)][:-1]
        elif self.deed == "unsigned":
            headers["koemado-signature"] = b64encode(self.dice.randbytes(64)).decode()
        elif self.deed == "of a thief":
            signature = b64encode(THIEF.sign(self.desk.serial, data)).decode()
            headers |= {"koemado-signature": signature} | self.dice.choice([{}, {"koemado-key": THIEF.public.id}])
        elif self.deed == "cut":
            after = self.dice.randrange(len(data) + 1)
            return httpx.Response(answer.status_code, stream=Broken(data, after), headers=headers)
        return httpx.Response(answer.status_code, content=data, headers=headers)


def live(folder, life):
    """Look until killed."""
    dice, desk = random.Random(life), PublishingDesk()
    between = Between(desk, dice)
    shelf = BundleShelf(folder / "shelf")
    updates = KnowledgeUpdates(shelf, check, wanted=lambda: True, program="1")
    deeds = os.open(folder / DEEDS, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    last = shelf.state().highest
    with desk.client() as client:
        while True:
            between.deed = dice.choice(["nothing", "nothing", *BAD, "again", "old"])
            if between.deed == "old" and last > 1:
                serial = dice.randrange(1, last)
            else:
                serial = last if between.deed == "again" and last else last + 1
            last = max(last, serial)
            desk.put_out(BUNDLES[number_of(serial)], serial=serial)
            try:
                ended = str(updates.look(client, KEY.public.text).ended)
            except DeskUnavailable:
                ended = "unavailable"
            os.write(deeds, f"{between.deed}\t{ended}\n".encode())


BAD = ("changed", "shortened", "unsigned", "of a thief", "cut")


def check(articles):
    """As the device's own, and quicker."""
    unfit = any(article.answer == UNFIT for article in articles)
    return Verdict(problems=("unfit",)) if unfit else Verdict()


def main(folder):
    for life in sys.stdin:
        child = os.fork()
        if child == 0:
            live(folder, int(life))
            os._exit(1)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
