"""Conversations as devices log them, for the tests of insight."""

from datetime import timedelta
from uuid import UUID, uuid5

from intents.prompts import prompt
from server.talks import LoggedConversation, LoggedTurn
from tests.callback_samples import NOW

SPACE = UUID(int=7)
SOLVED = f"ご案内です。{prompt('solved').text}"
TAKEN = {"": "nothing_heard"}


def turn(heard, outcome="answer", topic=None, said=None, stage=None, at=NOW):
    said = said if said is not None else SOLVED if topic else "恐れ入ります。"
    return LoggedTurn(
        at=at, heard=heard, said=said, outcome=outcome, topic=topic, score=None, stage=stage, understood=bool(topic)
    )


def talk(name, *turns, device="box-1", at=NOW, callback=None):
    """A conversation with an id of its own; `turns` are the arguments of `turn`."""
    made = [
        turn(*([one] if isinstance(one, str) else one), at=at + timedelta(seconds=20 * n))
        for n, one in enumerate(turns)
    ]
    return LoggedConversation(
        id=uuid5(SPACE, name), device=device, began_at=at, ended_at=made[-1].at, callback=callback, turns=tuple(made)
    )


def answered(name, heard, topic, reply="はい", **more):
    """Asked, answered, and asked whether it is solved."""
    replies = [(reply, "answer", None, "よかったです。")] if reply else []
    return talk(name, (heard, "answer", topic), *replies, **more)


def unanswered(name, heard, *, request=None, **more):
    """Asked, nothing found, a request begun; taken down when there is a `request`."""
    form = [("", "callback", None, "[name]", "consent"), ("", "callback", None, "[over]", "summary")]
    return talk(
        name,
        (heard, "callback", None, "よろしいでしょうか。"),
        *(form if request else form[:1]),
        callback=request,
        **more,
    )
