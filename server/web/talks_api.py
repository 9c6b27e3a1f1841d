"""The interface for devices: the log of their conversations, as text, for insight."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException

from server.talks import ConversationBatch
from server.web import api_answers as answers
from server.web.api_models import EXAMPLE_ID, KeptAnswer
from server.web.device_guard import TheDevice, body_schema, sent
from server.web.guard import TheOffice

router = APIRouter(tags=["conversations"])
EXAMPLE = {
    "conversations": [
        {
            "id": "2d2f7d0c-35c6-4f0c-8f1e-6f2b8a1c9e01",
            "device": "lobby-1",
            "began_at": "2026-11-25T10:00:00+09:00",
            "ended_at": "2026-11-25T10:00:09+09:00",
            "callback": EXAMPLE_ID,
            "turns": [
                {
                    "at": "2026-11-25T10:00:03+09:00",
                    "heard": "返金してください",
                    "said": "承知しました",
                    "outcome": "answered",
                    "topic": "refund",
                    "score": 0.82,
                    "stage": None,
                    "understood": True,
                }
            ],
        }
    ]
}
_BODY = body_schema(ConversationBatch)
_BODY["requestBody"]["content"]["application/json"]["example"] = EXAMPLE


@router.post(
    "/conversations",
    openapi_extra=_BODY,
    responses=answers.ALWAYS | answers.NOT_THIS_DEVICE | answers.TOO_LARGE,
)
def keep(
    office: TheOffice, device: TheDevice, batch: Annotated[ConversationBatch, Depends(sent(ConversationBatch))]
) -> KeptAnswer:
    """Keep conversations; one that is known is replaced when it has more turns now.

    Numbers are masked once more.  Where the desk keeps no log, and for erased customers, nothing is kept and all is done.
    """
    if any(one.device != device.id for one in batch.conversations):
        raise HTTPException(403, "`device` is not the device of the token")
    if office.settings.retention.turns_days == 0:
        return KeptAnswer(kept=[one.id for one in batch.conversations])
    return KeptAnswer(kept=list(office.talks.keep(batch.conversations, device=device.id, now=office.clock())))
