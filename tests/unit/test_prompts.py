import pytest

from intents.prompts import told_apart


@pytest.mark.parametrize(
    ("titles", "said"),
    [
        (["返品の期限"], ["返品の期限"]),
        (["返品の期限", "返品の手続き"], ["返品の期限", "手続き"]),
        (["返品の期限", "交換の期限"], ["返品の期限", "交換の期限"]),
        (
            ["エアコンの冷房の温度", "エアコンの冷房の風量", "エアコンの冷房の向き"],
            ["エアコンの冷房の温度", "風量", "向き"],
        ),
        (
            ["エアコンの掃除", "エアコンの", "エアコンの音"],
            ["エアコンの掃除", "エアコンの", "エアコンの音"],
        ),  # nothing would remain
        (["洗濯機が動かない", "洗濯機が臭い"], ["洗濯機が動かない", "洗濯機が臭い"]),
        (["もの", "もの"], ["もの", "もの"]),
    ],
)
def test_titles_are_told_apart_by_what_differs(titles, said):
    assert told_apart(titles) == said
