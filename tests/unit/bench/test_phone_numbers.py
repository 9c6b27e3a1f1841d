import random

import pytest

from benchmarks.phone_numbers import Result, correction, measured, random_number, spoken
from benchmarks.spoken import Customer
from intents.phone_numbers import is_valid
from intents.transcripts import Transcript, typed


def test_numbers_are_in_use_and_the_same_for_a_seed():
    numbers = [random_number(random.Random(seed)) for seed in range(30)]
    assert all(is_valid(digits) for digits in numbers)
    assert numbers == [random_number(random.Random(seed)) for seed in range(30)]
    assert len(set(numbers)) > 20


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("09012345671", "最後はイチじゃなくてハチです"),
        ("09012345978", "9番目はキューじゃなくてロクです"),
        ("09012349998", "最後の4桁はゴーロクナナハチです"),
        ("0901234567", "ゼロキューゼロ、イチニーサンヨン、ゴーロクナナハチです"),
    ],
)
def test_customers_correct_what_is_wrong(heard, said):
    assert correction(heard, "09012345678") == said


def test_a_perfect_ear_hears_all():
    result = measured(lambda text, _: typed(text), count=20, seed=3)
    assert (result.numbers, result.right_at_once, result.right_after_one, result.wrong) == (20, 20, 20, [])


def test_a_wrong_digit_is_put_right():
    answers = iter(["ゼロキューゼロイチニーサンヨンゴーロクナナハチ"])

    def hear(text: str, _: Customer) -> Transcript:
        return typed(next(answers, text))

    result: Result = measured(hear, count=1, seed=5)
    assert (result.right_at_once, result.right_after_one) == (0, 1)


def test_numbers_are_said_in_kana():
    assert spoken("09012345678", random.Random(1)).strip("、")
