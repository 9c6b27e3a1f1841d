"""Many threads on one queue: nothing lost, nothing doubled, nothing overbooked."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier
from uuid import uuid4

from server.attempts import SmsSent
from server.records import Held, Promise, Verdict
from tests.callback_samples import NOW, minutes, new_case, request_of, slot_at

LASTING = minutes(15)
THREADS = 12


def at_once(work, items):
    """Run `work` on each item, the first ones beginning at the same moment."""
    barrier = Barrier(THREADS)

    def run(indexed):
        number, item = indexed
        if number < THREADS:
            barrier.wait(timeout=30)
        return work(item)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, enumerate(items)))


def test_no_request_is_lost_and_none_doubled(queue):
    """Every request is sent three times at about the same moment, as devices do after time-outs."""
    requests = [request_of(topic=f"t{n}") for n in range(60)]
    submitted = at_once(lambda request: queue.submit(request, now=NOW), [r for r in requests for _ in range(3)])
    for sent in zip(*[iter(submitted)] * 3, strict=True):
        assert sorted(one.verdict for one in sent) == [Verdict.CREATED, Verdict.DUPLICATE, Verdict.DUPLICATE]
        assert len({one.case_id for one in sent}) == 1
    cases = queue.cases_of("+819012345678")
    assert len(cases) == len(requests)
    kept = [stored.request for case_id in cases for stored in queue.case(case_id).requests]
    assert sorted(request.id for request in kept) == sorted(request.id for request in requests)


def test_voices_at_the_same_moment_are_one_case(queue):
    submitted = at_once(lambda request: queue.submit(request, now=NOW), [request_of() for _ in range(40)])
    assert len({one.case_id for one in submitted}) == 1
    assert sorted(one.joined for one in submitted) == [False] + [True] * 39
    assert len(queue.case(submitted[0].case_id).requests) == 40


def test_voices_at_the_same_moment_after_a_closed_case_are_one_new_case(queue):
    former = queue.submit(request_of(), now=NOW).case_id
    queue.close(former, by="sato", reason="reached", now=NOW)
    later = NOW + minutes(1)
    submitted = at_once(lambda request: queue.submit(request, now=later), [request_of() for _ in range(24)])
    assert len({one.case_id for one in submitted} - {former}) == 1
    assert queue.cases_of("+819012345678") == (former, submitted[0].case_id)


def test_the_same_id_with_other_phones_is_one_request(queue):
    request_id = str(uuid4())
    requests = [request_of(id=request_id, phone=f"090-1234-56{n}") for n in range(10, 34)]
    submitted = at_once(lambda request: queue.submit(request, now=NOW), requests)
    assert sum(one.verdict is Verdict.CREATED for one in submitted) == 1
    (case_id,) = {one.case_id for one in submitted}
    assert sum(len(queue.cases_of(request.phone)) for request in requests) == 1
    assert len(queue.case(case_id).requests) == 1


def test_no_slot_is_overbooked(queue):
    """Five slots, some of another grid, three seats each, wanted by 60 cases; each takes the first it gets."""
    slots = [slot_at(begins) for begins in (60, 75, 90, 120, 135)]
    cases = [new_case(queue) for _ in range(60)]

    def book(case_id):
        return [queue.promise(case_id, slot, by="sato", seats=3, now=NOW) for slot in slots]

    at_once(book, cases)
    taken = queue.taken(slot_at(0, lasting=600).span)
    for moment in range(0, 600, 5):
        running = [slot for slot in taken if slot.span.overlaps(slot_at(moment, lasting=5).span)]
        assert len(running) <= 3
    assert sorted(p.slot for c in cases if (p := queue.case(c).promise)) == list(taken)
    assert len(taken) >= 6


def test_many_devices_submit_and_book_one_slot(queue):
    def submit_and_book(request):
        return queue.promise(queue.submit(request, now=NOW).case_id, slot_at(60), by="sato", seats=5, now=NOW)

    booked = at_once(submit_and_book, [request_of(topic=f"t{n}") for n in range(48)])
    assert sorted(p.seat for p in booked if isinstance(p, Promise)) == [0, 1, 2, 3, 4]
    assert queue.taken(slot_at(60).span) == (slot_at(60),) * 5


def test_one_of_many_claims_wins(queue):
    case_id = new_case(queue)
    agents = [f"agent-{n}" for n in range(36)]
    claims = at_once(lambda agent: queue.claim(case_id, agent, now=NOW, lasting=LASTING), agents)
    winners = [claim for claim in claims if not isinstance(claim, Held)]
    assert len(winners) == 1
    assert [claim.lease for claim in claims if isinstance(claim, Held)] == winners * 35


def test_take_overs_at_once_form_one_chain(queue):
    case_id = new_case(queue)
    agents = [f"agent-{n}" for n in range(24)]
    at_once(lambda agent: queue.take_over(case_id, agent, now=NOW, lasting=LASTING), agents)
    leases = queue.leases(case_id)
    assert sorted(lease.agent for lease in leases) == sorted(agents)
    assert all(later.taken_from == sooner.agent for sooner, later in pairwise(leases))


def test_a_double_click_at_the_same_moment(queue):
    case_id, message = new_case(queue), SmsSent(id=uuid4(), at=NOW)
    assert sum(at_once(lambda event: queue.record(case_id, event), [message] * 24)) == 1
