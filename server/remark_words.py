"""Remarks about articles in Japanese, from `data/article_remarks.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from server.knowledge.ports import Remark

SHOWN: Final = 3  # titles of other articles
_LONGEST: Final = 60  # signs of a text that is quoted


def says(remark: Remark, titles: Mapping[str, str]) -> str:
    """Return what is the matter; the code where there are no words, so that a page never fails for a word."""
    words = remark_words().get(remark.code)
    return _filled(words["says"], remark, titles) if words else remark.code


def remedy(remark: Remark, titles: Mapping[str, str]) -> str:
    """Return what helps; "" where that is plain."""
    return _filled(remark_words().get(remark.code, {}).get("do", ""), remark, titles)


@cache
def remark_words() -> Mapping[str, Mapping[str, str]]:
    """Return all words by code."""
    return tomllib.loads(files("server").joinpath("data", "article_remarks.toml").read_text(encoding="utf-8"))


def _filled(words: str, remark: Remark, titles: Mapping[str, str]) -> str:
    named = [f"「{titles.get(one, one)}」" for one in remark.others[:SHOWN]]
    others = "、".join(named) + ("ほか" if len(remark.others) > SHOWN else "")
    text = remark.text if len(remark.text) <= _LONGEST else remark.text[:_LONGEST] + "…"
    return words.replace("{text}", text).replace("{others}", others).replace("{reading}", remark.reading)
