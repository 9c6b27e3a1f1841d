"""All tables of the database: the modules that describe them are imported here, so that none is missing."""

from server.store import (
    customer_models,
    desk_models,
    insight_models,
    knowledge_models,
    measure_models,
    notice_models,
    recording_models,
)
from server.store.models import Table

MODELS = (
    customer_models,
    desk_models,
    insight_models,
    knowledge_models,
    measure_models,
    notice_models,
    recording_models,
)
ALL_TABLES = Table.metadata
