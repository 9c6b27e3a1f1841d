"""What a conversation understands and answers, made of a few topics."""

from intents.answers import Answer, Spoken
from intents.conversation_state import Understanding
from intents.decision import Costs
from intents.matching import Topic, TopicIndex, Wording
from intents.readings import reading_of

COSTS = Costs(wrong_answer=3.0, question_back=1.0, call=4.0, missed_danger=12.0)
TOPICS = {
    "return-period": ("返品の期限", ["返品は何日以内ですか", "返品の期限を教えて"]),
    "return-how": ("返品の手続き", ["返品のやり方を教えて", "返品の手続きをしたい"]),
    "descale": ("加湿器の掃除", ["加湿器の掃除のしかた", "加湿器を洗いたい"]),
    "smoke": ("煙が出ている", ["煙が出ています", "けむりが出てる"]),
}


class Book:
    """Answers with the topic's id; of "return-period" with a tip and a reading, of "descale" with three steps."""

    def answer(self, topic: Topic) -> Answer:
        steps = tuple(Spoken(text=f"手順{n}。") for n in "一二三") if topic.id == "descale" else ()
        tip = Spoken(text="お早めに。") if topic.id == "return-period" else None
        readings = {"期限": "きげん"} if topic.id == "return-period" else {}
        return Answer(spoken=Spoken(text=f"{topic.id}の答え。", overrides=readings), steps=steps, tip=tip)


class PlainBook:
    """Answers with the topic's id and a tip."""

    def answer(self, topic: Topic) -> Answer:
        return Answer(spoken=Spoken(text=f"{topic.id}の答え。"), tip=Spoken(text="こつ。"))


def mind_of(topics=TOPICS, book=None, **given):
    """Understands the topics, of which "smoke" is a danger; `given` goes to `Understanding`."""
    index = TopicIndex(
        Topic(
            id=name,
            title=title,
            safety=name == "smoke",
            wordings=tuple(Wording(text=text, reading=reading_of(text)) for text in texts),
        )
        for name, (title, texts) in topics.items()
    )
    return Understanding(**({"matcher": index, "costs": COSTS, "book": book or Book()} | given))
