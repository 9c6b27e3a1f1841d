from dataclasses import replace

import pytest

from tests.bundle_samples import BASE, KEY, PublishingDesk, bundle_of
from voice import compose
from voice.bundle_check import Verdict
from voice.bundle_health import obstacles
from voice.bundle_shelf import Refusal, State
from voice.desk_enrolment import Enrolment
from voice.doctor import _base
from voice.knowledge_updates import KnowledgeUpdates

ENROLMENT = Enrolment(url="http://desk.test", id="box-1", token="kd_x", bundle_key=KEY.public.text)
REFUSED = State(refused=Refusal(serial=2, version="v2", reason="danger is not known", at="", program="1"))


@pytest.mark.parametrize(("state", "enrolment", "follows", "details"), [
    (State(), ENROLMENT, True, []), (REFUSED, ENROLMENT, False, []), (REFUSED, None, True, []),
    (State(), replace(ENROLMENT, bundle_key=""), True, ["without its key"]),
    (REFUSED, ENROLMENT, True, ["v2 cannot be used: danger is not known"]),
])  # fmt: skip
def test_what_is_in_the_way_is_told_with_a_remedy(state, enrolment, follows, details):
    found = obstacles(state, enrolment, follows=follows)
    assert len(found) == len(details)
    for obstacle, detail in zip(found, details, strict=True):
        assert detail in obstacle.detail
        assert "koemado " in obstacle.remedy


def test_the_doctor_tells_of_a_refused_bundle(settings):
    with compose.enrolment_file(settings).writing() as keep:
        keep(ENROLMENT)
    desk = PublishingDesk()
    desk.put_out(bundle_of(*BASE))
    updates = KnowledgeUpdates(
        compose.bundle_shelf(settings), lambda _: Verdict(problems=("x",)), wanted=lambda: True, program="1"
    )
    with desk.client() as client:
        updates.look(client, ENROLMENT.bundle_key)
    assert [f.detail for f in _base(settings) if f.check == "articles of the desk"] == [
        "the desk's bundle v cannot be used: x"
    ]
