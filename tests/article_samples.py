"""Articles of a small base, for the tests of what answers from it."""

from kb.articles import Article

HOURS = Article(
    id="hours",
    title="営業時間",
    category="店",
    variants=("営業時間は何時までですか", "何時までやってますか"),
    answer="19時までです。",
)
RETURNS = Article(
    id="returns",
    title="返品の手続き",
    category="返品",
    variants=("返品したい", "返品のやり方"),
    answer="箱に入れてお送りください。",
)
