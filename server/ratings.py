"""The one question after a call, "are you satisfied?", and its answer on the wire."""

from enum import StrEnum

from pydantic import ConfigDict

from server.wire import Moment, WireModel


class Rating(StrEnum):
    """The customer's answer."""

    YES = "yes"
    NO = "no"
    NEITHER = "neither"


class RatingGiven(WireModel):
    """What the customer answered, and when, by the device's clock."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rating": "yes", "at": "2026-11-25T11:00:00+09:00"}]})
    rating: Rating
    at: Moment
