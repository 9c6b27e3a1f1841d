"""What a login and a name look like."""

import pytest

from server.logins import login_of, name_of


@pytest.mark.parametrize(
    ("typed", "login"),
    [
        ("sato", "sato"),
        (" Ｓａｔｏ ", "sato"),
        ("hanako@example.jp", "hanako@example.jp"),
        ("9", "9"),
        ("", None),
        ("佐藤", None),
        ("a b", None),
        ("sato\0", None),
        ("device:1", None),
        ("../etc", None),
        ("system", None),
        ("a" * 65, None),
    ],
)
def test_logins(typed, login):
    assert login_of(typed) == login


@pytest.mark.parametrize(
    ("typed", "name"),
    [(" 佐藤  花子 ", "佐藤 花子"), ("", None), ("  ", None), ("x" * 80, "x" * 80), ("x" * 81, None), ("a\0b", None)],
)
def test_names(typed, name):
    assert name_of(typed) == name
