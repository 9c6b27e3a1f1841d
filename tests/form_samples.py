"""A form that was taken down whole, and what it was about."""

from datetime import datetime, timedelta

from intents.callback_form import Form, Stage
from intents.name_slot import NameHeard
from intents.phone_slot import PhoneDraft
from intents.when_types import TOKYO, Window, Wishes
from voice.desk_calls import Line, Matter, Speaker

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
MATTER = Matter(topic="refund", lines=(Line(speaker=Speaker.CUSTOMER, text="返金して"),), agreed_at=NOW)


def window(day, hour, minutes=180, **changes):
    begins = datetime(2026, 11, day, hour, tzinfo=TOKYO)
    return Window(begins=begins, ends=begins + timedelta(minutes=minutes), **changes)


FORM = Form(
    stage=Stage.SUMMARY,
    consent="よろしいでしょうか。",
    name=NameHeard(reading="ヤマダハナコ", written="山田花子", family="ヤマダ", given="ハナコ"),
    phone=PhoneDraft(digits="09012345678"),
    wishes=Wishes(windows=(window(25, 13), window(26, 13))),
)
