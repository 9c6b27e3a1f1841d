"""What tests of the watch do to a desk, and what they look at."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from sqlalchemy import select

from server.attempts import Attempt
from server.store.desk_models import AlarmRow
from server.store.engine import reading
from tests.callback_samples import new_case, tokyo

WORKERS = 4


def all_sent(watch):
    while watch.send("mail") + watch.send("webhook"):
        pass


def at_once(*work):
    """Do it all from several threads at the same time."""
    with ThreadPoolExecutor(WORKERS * len(work)) as pool:
        for done in [pool.submit(one) for _ in range(WORKERS) for one in work]:
            done.result()


def promised_case(office, begins, **changes):
    case_id = new_case(office.desk.queue, **changes)
    office.desk.promise(case_id, tokyo(begins), by="sato", staff=True)
    return case_id


def call(office, case_id, outcome, **changes):
    now = office.clock()
    attempt = Attempt(id=uuid4(), agent="sato", dialled_at=now, rang_at=now, outcome=outcome, **changes)
    return office.desk.settle(case_id, attempt)


def kinds(office):
    with reading(office.engine) as session:
        rows = session.scalars(select(AlarmRow).where(AlarmRow.cleared_at.is_(None)).order_by(AlarmRow.key))
        return [row.kind for row in rows]


def journal_of(office, action):
    return [entry for entry in office.journal.latest(limit=1000) if entry.action == action]
