"""When a case is due: what the queue is ordered by."""

from datetime import datetime

from server.records import Promise
from server.wire import CallbackRequest, Urgency


def due_at(request: CallbackRequest, promise: Promise | None, *, received_at: datetime) -> datetime:
    """Return the promised time, or else the first wished for that is not over; danger is due when it comes."""
    if request.urgency is Urgency.SAFETY:
        return received_at
    if promise is not None:
        return promise.slot.span.begins
    to_come = [window.begins for window in request.windows if window.ends > received_at]
    return max(received_at, min(to_come, default=received_at))
