"""Signatures agree with what Paymentwall's libraries publish, and the two sides with each other."""

import hashlib
from urllib.parse import parse_qsl

import pytest

from emulator.paymentwall.signatures import (
    Version,
    pingback_is_genuine,
    pingback_signature,
    request_is_genuine,
    widget_signature,
    widget_version,
)
from emulator.portone.signing import signed, verified

GOODS_SECRET = "a7408723eaf4bfa2e3ac49b3cb695046"
CART_SECRET = "51909b7b8b333e0f9de3c2cbad496a3c"

# Published in the pingback feature of Paymentwall's PHP, Node, Java and Ruby libraries.
PUBLISHED = {
    "version 1": (
        GOODS_SECRET,
        (
            "uid=test_user&goodsid=test_product&slength=-5&speriod=month&type=2&ref=t123&is_test=1&reason=9"
            "&sig=e7b2ff07bc0734c83ee14f32552b1c88"
        ),
    ),
    "version 2": (
        GOODS_SECRET,
        (
            "uid=test_user&goodsid=test_product&slength=5&speriod=month&type=0&ref=t123&is_test=1&sign_version=2"
            "&sig=754cff93c0eb859f6054bef143ad253c"
        ),
    ),
    "version 3": (
        GOODS_SECRET,
        (
            "uid=test_user&goodsid=test_product&slength=-5&speriod=month&type=2&ref=t123&is_test=1&reason=9&sign_version=3"
            "&sig=2f67209c3e581313a70de9425efef49f35a74c0cdb7f93051b47e3c097011a71"
        ),
    ),
    "version 2 with an array": (
        CART_SECRET,
        (
            "uid=testuser&type=0&ref=testref&is_test=1&goodsid[0]=6&goodsid[1]=5&goodsid[2]=4&goodsid[3]=3&goodsid[4]=2"
            "&goodsid[5]=1&sign_version=2&arr=rdhgjjv&sig=a84607538a078312515a441b824c6ba3"
        ),
    ),
}

WIDGET = {
    "key": "project",
    "uid": "buyer@shop.example",
    "widget": "pw_1",
    "amount": "10.50",
    "ag_name": "찻잔 Mug",
}


def parameters(query: str) -> dict[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True))


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_pingback_is_genuine(name: str) -> None:
    secret, query = PUBLISHED[name]
    assert pingback_is_genuine(parameters(query), secret)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_pingback_with_another_secret_is_not_genuine(name: str) -> None:
    _, query = PUBLISHED[name]
    assert not pingback_is_genuine(parameters(query), "another secret")


@pytest.mark.parametrize("name", ["version 2", "version 3", "version 2 with an array"])
def test_a_changed_parameter_is_noticed_from_version_2_on(name: str) -> None:
    secret, query = PUBLISHED[name]
    assert not pingback_is_genuine({**parameters(query), "is_test": "0"}, secret)


def test_version_1_protects_only_its_fixed_list() -> None:
    secret, query = PUBLISHED["version 1"]
    assert pingback_is_genuine({**parameters(query), "reason": "1"}, secret)
    assert not pingback_is_genuine({**parameters(query), "ref": "t124"}, secret)


def test_array_elements_are_sorted_by_number_and_under_their_bare_name() -> None:
    array = {f"goodsid[{index}]": str(index) for index in (10, 2, 0)}
    expected = "goodsid[0]=0goodsid[2]=2goodsid[10]=10goodsidX=z" + "secret"
    assert pingback_signature({**array, "goodsidX": "z"}, "secret", 2) == hashlib.md5(expected.encode()).hexdigest()


def test_an_element_whose_index_is_no_number_is_sorted_as_number_0() -> None:
    # As PHP up to version 7 compares them (inferred).
    array = {f"goodsid[{index}]": index for index in ("1", "a", "0")}
    expected = "goodsid[0]=0goodsid[a]=agoodsid[1]=1" + "secret"
    assert pingback_signature(array, "secret", 2) == hashlib.md5(expected.encode()).hexdigest()


def test_a_bare_name_is_sorted_before_the_elements_of_an_array_of_that_name() -> None:
    array = {"goodsid[]": "none", "goodsid[0]": "0", "goodsid": "bare"}
    expected = "goodsid=baregoodsid[]=nonegoodsid[0]=0" + "secret"
    assert pingback_signature(array, "secret", 2) == hashlib.md5(expected.encode()).hexdigest()


@pytest.mark.parametrize("named", [{}, {"sign_version": ""}])
def test_a_widget_call_that_names_no_version_is_signed_in_version_1(named: dict[str, str]) -> None:
    call = {**WIDGET, **named, "sign": widget_signature(WIDGET, "secret", 1)}
    assert widget_version(call, "secret") == 1
    for version in (2, 3):
        assert widget_version({**WIDGET, "sign": widget_signature(WIDGET, "secret", version)}, "secret") is None


def test_a_version_that_is_not_accepted_is_refused_however_well_it_is_signed() -> None:
    call = {**WIDGET, "sign_version": "2"}
    call["sign"] = widget_signature(call, "secret", 2)
    assert widget_version(call, "secret", accepted=(1, 2)) == 2
    assert widget_version(call, "secret", accepted=(1, 3)) is None


def test_a_widget_of_version_1_signs_the_buyer_only() -> None:
    assert widget_signature(WIDGET, "secret", 1) == hashlib.md5(b"buyer@shop.examplesecret").hexdigest()


def test_version_1_signs_what_is_absent_as_empty() -> None:
    assert widget_signature({}, "secret", 1) == hashlib.md5(b"secret").hexdigest()
    expected = "uid=buyergoodsid=slength=speriod=type=0ref=" + "secret"
    assert pingback_signature({"uid": "buyer", "type": "0"}, "secret", 1) == hashlib.md5(expected.encode()).hexdigest()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_signed_widget_call_is_genuine_and_with_another_buyer_is_not(version: Version) -> None:
    call = {**WIDGET, "sign_version": str(version)}
    call["sign"] = widget_signature(call, "secret", version)
    assert widget_version(call, "secret")
    assert not widget_version({**call, "uid": "mallory@shop.example"}, "secret")


@pytest.mark.parametrize("change", [{"sign": ""}, {"sign_version": "4"}, {"sign": "ünsigned"}])
def test_a_widget_call_without_a_usable_signature_is_not_genuine(change: dict[str, str]) -> None:
    call = {**WIDGET, "sign_version": "3"}
    call["sign"] = widget_signature(call, "secret", 3)
    assert widget_version(call, "secret")
    assert not widget_version({**call, **change}, "secret")
    assert not widget_version(WIDGET, "secret")


def test_a_version_that_does_not_exist_is_not_taken_for_another() -> None:
    call = {**WIDGET, "sign_version": "4"}
    for version in (1, 2, 3):
        assert not widget_version({**call, "sign": widget_signature(call, "secret", version)}, "secret")


def test_a_ticket_without_a_version_is_signed_with_md5_of_its_sorted_parameters() -> None:
    # The worked example of Paymentwall's Cancellation API page: no sign_version, ksort, MD5.
    ticket = {"key": "project", "ref": "b1563", "type": "1", "message": "Please cancel"}
    base = "key=projectmessage=Please cancelref=b1563type=1" + "secret"
    assert request_is_genuine({**ticket, "sign": hashlib.md5(base.encode()).hexdigest()}, "secret")


def test_a_ticket_is_never_accepted_in_version_1() -> None:
    # Version 1 would sign the uid alone, which every pingback shows.
    ticket = {"key": "project", "uid": "buyer", "type": "1", "sign_version": "1"}
    ticket["sign"] = widget_signature(ticket, "secret", 1)
    assert not request_is_genuine(ticket, "secret")


def test_what_portone_signs_paymentwall_accepts() -> None:
    call = signed(WIDGET, "secret")
    assert widget_version(call, "secret")
    assert request_is_genuine(call, "secret")
    assert not widget_version({**call, "amount": "1.00"}, "secret")


def test_what_paymentwall_signs_portone_accepts_in_version_3_only() -> None:
    for version in (1, 2, 3):
        pingback = {
            "uid": "buyer",
            "goodsid": "imp_1",
            "type": "0",
            "ref": "b1",
            "sign_version": str(version),
        }
        pingback["sig"] = pingback_signature(pingback, "secret", version)
        assert verified(pingback, "secret") is (version == 3)
        assert not verified({**pingback, "type": "2"}, "secret")


@pytest.mark.parametrize("named", [{}, {"sign_version": "2"}])
def test_portone_takes_no_sha256_that_does_not_say_version_3(named: dict[str, str]) -> None:
    pingback = {"uid": "buyer", "goodsid": "imp_1", "type": "0", "ref": "b1", **named}
    assert not verified({**pingback, "sig": pingback_signature(pingback, "secret", 3)}, "secret")
