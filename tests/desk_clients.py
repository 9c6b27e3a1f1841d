"""A `DeskClient` of which the answers are given."""

import httpx

from server.client import DeskClient


def client(*answers, asked=None):
    """Gives the answers in their order, raises those that are errors; `asked` gets the requests."""
    rest = list(answers)

    def answer(request):
        if asked is not None:
            asked.append(request)
        found = rest.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return DeskClient("http://desk.test", "kd_token", transport=httpx.MockTransport(answer))
