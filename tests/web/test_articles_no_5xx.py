"""Whatever is sent to the pages of articles, equipped with a workshop, the desk does not fall over."""

import pytest
from fastapi.testclient import TestClient

from server.app import create_app
from tests.knowledge_samples import furnished_office
from tests.web.test_no_5xx import ODD, filled, leaves, sent

OURS = ("/articles", "/proposals", "/publish", "/knowledge", "/devices")


@pytest.fixture
def office(tmp_path, clock, furnished):
    office = furnished_office(furnished, tmp_path, clock)
    yield office
    office.close()


@pytest.mark.parametrize("login", ["admin", "viewer"])
def test_no_answer_is_a_failure(office, log_in, app, login):
    browser = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
    who = log_in(login)
    browser.cookies, browser.headers = who.cookies, who.headers
    asked, failed = 0, []
    for route in leaves(app.routes):
        for n, odd in enumerate(ODD):
            if not route.path.startswith(OURS):
                continue
            known = {"article_id": "hours", "device_id": "box-1"} if n % 3 else {}
            answer = browser.request(min(route.methods), filled(route.path, odd, known), **sent(route, n))
            asked += 1
            if answer.status_code >= 500:
                failed.append((route.path, odd[:30], answer.status_code))
    app.state.gate.wait()
    assert asked > 500
    assert failed == []


@pytest.fixture
def app(office):
    return create_app(office)
