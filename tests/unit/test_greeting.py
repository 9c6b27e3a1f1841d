from datetime import datetime

import pytest

from intents.greeting import greeting
from intents.when_types import TOKYO


@pytest.mark.parametrize(
    ("hour", "word"),
    [(5, "おはよう"), (10, "おはよう"), (11, "こんにちは"), (17, "こんにちは"), (18, "こんばんは"), (2, "こんばんは")],
)
def test_the_time_of_day_is_greeted(hour, word):
    assert greeting(datetime(2026, 11, 24, hour, 59, tzinfo=TOKYO)).text.startswith(word)
