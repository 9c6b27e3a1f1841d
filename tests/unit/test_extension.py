"""The number inside a house: heard, read back, and on its way to the desk."""

import json
from uuid import UUID, uuid4

import httpx
import pytest

from intents.callback import Stage
from intents.callback_fill import fill
from intents.phone_extensions import extension_in
from intents.readings import reading_of
from intents.transcripts import typed
from server.client import DeskClient
from server.deliveries import Arrived
from server.outbox import Outbox
from server.wire import parse_request
from tests.callback_samples import body
from tests.unit.test_callback import NOW, SETTING, TO_PHONE, Talk
from voice.desk_calls import Matter
from voice.desk_request import request_from

ID = UUID("6f1f0d0e-0000-4000-8000-000000000001")


@pytest.mark.parametrize(
    ("line", "digits"),
    [
        ("03-3456-7890 内線の25です", "25"),
        ("内線123", "123"),
        ("内線は百二十三です", "123"),
        ("ないせん いち に さん", "123"),
        ("内線番号は4-0-5でお願いします", "405"),
        ("03-3456-7890の内線 三〇一、佐藤です", "301"),
        ("03-3456-7890、内線の0012", "0012"),
        ("内線がわかりません", ""),
        ("内線はありません", ""),
        ("内線番号は忘れました", ""),
        ("内線123456789", ""),
        ("03-3456-7890", ""),
    ],
)
def test_its_digits(line, digits):
    assert extension_in(typed(line)) == digits
    assert extension_in(typed(reading_of(line))) == digits


def test_it_is_read_back_and_sent():
    talk = Talk()(*TO_PHONE, "03-3456-7890 内線の25です")
    assert (talk.form.stage, talk.form.extension) == (Stage.PHONE_CHECK, "25")
    assert "内線は、25番ですね。" in talk.said
    talk("はい", "明日の午後", "二番")
    assert "03-3456-7890、内線25" in talk.said
    request = request_from(talk.form, Matter(), request_id=uuid4(), device="box", now=NOW)
    assert (request.phone, request.extension) == ("+81334567890", "25")


def test_it_may_follow_the_number_and_be_put_right():
    talk = Talk()(*TO_PHONE, "03-3456-7890", "あと、内線が123です")
    assert (talk.form.stage, talk.form.phone.digits, talk.form.extension) == (Stage.PHONE_CHECK, "0334567890", "123")
    talk("内線は124です")
    assert talk.form.extension == "124"
    talk("内線の番号が分かりません")
    assert (talk.form.extension, "数字だけ" in talk.said) == ("124", True)


def test_another_number_has_none():
    talk = Talk()(*TO_PHONE, "03-3456-7890 内線25", "はい", "明日の午後", "電話番号を間違えました", "080-1234-5678")
    assert talk.form.extension == ""


def test_it_is_taken_from_what_is_written():
    form = fill(None, {"name": "山田", "phone": "03-3456-7890 内線25", "when": "明日の午後"}, SETTING).form
    assert (form.phone.digits, form.extension) == ("0334567890", "25")


@pytest.mark.parametrize("given", ["", "12a", "123456789", "１２"])
def test_the_desk_takes_one_to_eight_digits(given):
    with pytest.raises(Exception, match="extension"):
        parse_request(json.dumps(body(extension=given)).encode())


def test_a_request_without_one_is_as_it_always_was(tmp_path):
    outbox = Outbox(tmp_path / "outbox.db", clock=lambda: NOW, jitter=lambda: 0.0)
    sent = []
    for given in (None, "25"):
        outbox.put(parse_request(json.dumps(body(extension=given)).encode()))
    outbox.flush(lambda request_id, payload: sent.append(json.loads(payload)) or Arrived(new=True))
    assert sorted(request.get("extension", "none") for request in sent) == ["25", "none"]


def test_an_older_desk_gets_the_request_without_it():
    asked = []

    def older(request):
        asked.append(json.loads(request.content))
        if "extension" in asked[-1]:
            return httpx.Response(422, json={"problems": [{"field": "extension", "message": "not permitted"}]})
        return httpx.Response(201, json={"id": str(ID)})

    payload = json.dumps(body(id=str(ID), extension="25")).encode()
    with DeskClient("http://desk.test", "t", transport=httpx.MockTransport(older)) as client:
        assert isinstance(client.submit(ID, payload), Arrived)
    assert ["extension" in request for request in asked] == [True, False]
    assert asked[1] == {name: value for name, value in asked[0].items() if name != "extension"}
