"""How customers are treated: profiles that change, and how people are greeted."""

from datetime import timedelta

import pytest

from server.customers import (
    AddressForm,
    Change,
    CustomerSaid,
    CustomerTold,
    Profile,
    Same,
    Tier,
    called,
    changed,
    kinds_of,
    tier_of,
)
from server.errors import RequestInvalid
from server.wire import Channel, Consent, parse
from tests.callback_samples import NOW

AGREED = Consent(at=NOW, wording="その後のご様子を伺ってもよろしいですか")
LATER = NOW + timedelta(days=1)


def after(profile, **told):
    return changed(profile, Change(**told), by="sato", now=LATER)


@pytest.mark.parametrize(
    ("name", "form", "greeted"),
    [
        ("佐藤 花子", AddressForm.SAMA, "佐藤様"),
        ("佐藤　花子", AddressForm.SAN, "佐藤さん"),
        ("佐藤花子様", AddressForm.SENSEI, "佐藤花子先生"),
        ("ヤマダ", AddressForm.SAN, "ヤマダさん"),
        ("佐藤 花子", AddressForm.PLAIN, "お客様"),
        ("", AddressForm.SENSEI, "お客様"),
        (None, AddressForm.SAMA, "お客様"),
    ],
)
def test_a_customer_is_greeted_as_they_like(name, form, greeted):
    assert called(name, form) == greeted


def test_what_is_not_said_stays():
    profile = after(Profile(), tier="priority", address=AddressForm.SAN, channel=Channel.EMAIL, ask_later=AGREED)
    assert after(profile) == profile
    assert after(profile, tier="").tier == ""
    assert after(profile, channel=None) == Profile(
        tier="priority", address=AddressForm.SAN, address_at=LATER, may_ask_after=NOW, ask_wording=AGREED.wording,
        ask_by="sato",
    )  # fmt: skip


def test_the_first_consent_stands_until_it_is_withdrawn():
    profile = after(Profile(), ask_later=AGREED)
    again = after(profile, ask_later=Consent(at=LATER, wording="別の言葉"))
    assert (again.may_ask_after, again.ask_wording, again.ask_by) == (NOW, AGREED.wording, "sato")
    assert after(profile, ask_later=None) == Profile()


def test_a_form_that_was_chosen_says_when_even_where_it_is_the_usual_one():
    chosen = after(Profile(), address=AddressForm.SAMA)
    assert chosen.address_at == LATER
    assert changed(chosen, Change(address=AddressForm.SAMA), by="x", now=LATER + timedelta(days=1)) == chosen


def test_the_journal_says_what_differs_and_no_words():
    profile = after(Profile(), tier="priority", ask_later=AGREED)
    assert kinds_of(Profile(), profile) == ("tier", "ask_later")
    assert kinds_of(profile, profile) == ()


def test_a_tier_the_settings_know_no_more_is_none():
    tiers = {"priority": Tier(key="priority", label="優先サポート")}
    assert tier_of(Profile(tier="priority"), tiers) == tiers["priority"]
    assert tier_of(Profile(tier="gold"), tiers) is tier_of(Profile(), tiers) is None


@pytest.mark.parametrize(
    ("body", "change"),
    [
        (b'{"phone": "090-1234-5678"}', Change()),
        (b'{"phone": "090-1234-5678", "tier": ""}', Change(tier="")),
        (b'{"phone": "090-1234-5678", "channel": null}', Change(channel=None)),
        (b'{"phone": "090-1234-5678", "address": null}', Change()),
        (
            '{"phone": "０９０ １２３４ ５６７８", "tier": "priority", "address": "san", "channel": "line"}'.encode(),
            Change(tier="priority", address=AddressForm.SAN, channel=Channel.LINE),
        ),
    ],
)
def test_what_the_organisations_system_says(body, change):
    told = parse(CustomerTold, body)
    assert (told.phone, told.change) == ("+819012345678", change)


@pytest.mark.parametrize(
    ("body", "change"),
    [
        (b"{}", Change()),
        (b'{"ask_later": null}', Change(ask_later=None)),
        (b'{"address": "plain"}', Change(address=AddressForm.PLAIN, ask_later=Same.AS_IT_IS)),
    ],
)
def test_what_a_device_says(body, change):
    assert parse(CustomerSaid, body).change == change


@pytest.mark.parametrize(
    "body", [b'{"address": "dono"}', b'{"ask_later": {"at": 1, "wording": "x"}}', b'{"tier": "x"}']
)
def test_a_device_says_no_more_than_that(body):
    with pytest.raises(RequestInvalid):
        parse(CustomerSaid, body)
