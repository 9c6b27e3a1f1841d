"""Whether a customer would recommend us: when it may be asked, and the answer on the wire."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from server.wire import Moment, WireModel

ONCE_IN: Final = timedelta(days=92)  # a quarter; per customer, whichever device asks
ASKED_WITHIN: Final = timedelta(days=14)  # a device that was let ask and did not makes room for another then
CLOSED_WITHIN: Final = timedelta(days=30)  # of a case longer closed nobody remembers much


class RecommendationGiven(WireModel):
    """What the customer said, 0 to 10, and when they were asked, by the device's clock."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"score": 9, "at": "2026-11-25T11:00:00+09:00"}]})
    score: Annotated[int, Field(strict=True, ge=0, le=10)] | None = Field(description="null: asked, and not answered")
    at: Moment
