"""At the merchant's own endpoint: what is seen of this run's webhooks, what passes by, and what nobody sees."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from conformance.network.receiver import WebhookReceiver
from conformance.real.targets import Unreplaced
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.verdict.endings import NotObservable, SuiteError
from conformance.verdict.reasons import told

OURS = {"imp_uid": "imp_1", "merchant_uid": "ours-1", "status": "paid"}
ELSES = b'{"imp_uid": "imp_2",  "merchant_uid":"elses-1" ,"status":"paid"}'
HEADERS = {"Content-Type": "application/json; charset=UTF-8", "X-Own": "as it came"}


@pytest.fixture
def came(httpserver: HTTPServer) -> list[Request]:
    """What came to the merchant, who answers each with 201."""
    seen: list[Request] = []

    def take(request: Request) -> Response:
        request.get_data()
        seen.append(request)
        return Response("its answer", status=201, content_type="text/x-own")

    httpserver.expect_request("/hook").respond_with_handler(take)
    return seen


@pytest.fixture
def taken(httpserver: HTTPServer) -> Iterator[WebhookReceiver]:
    with WebhookReceiver(Timeline(Redaction()), httpserver.url_for("/hook"), ours={"ours-1"}) as receiver:
        yield receiver


def test_somebody_elses_webhook_passes_by_untouched_and_nothing_of_it_is_kept(
    taken: WebhookReceiver, came: list[Request]
) -> None:
    answer = httpx.post(taken.url, content=ELSES, headers=HEADERS)
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (201, "its answer", "text/x-own")
    [request] = came
    assert request.get_data() == ELSES
    assert {name: request.headers[name] for name in HEADERS} == HEADERS
    assert (taken.deliveries, taken.timeline.events()) == ([], [])


def test_somebody_elses_webhook_is_not_held_back_with_this_runs(taken: WebhookReceiver, came: list[Request]) -> None:
    with taken.withholding():
        assert httpx.post(taken.url, content=ELSES, headers=HEADERS).status_code == 201
        assert httpx.post(taken.url, json=OURS).status_code == 200
    assert [request.get_data() for request in came] == [ELSES]
    assert [delivery.fields["merchant_uid"] for delivery in taken.withheld] == ["ours-1"]


def test_somebody_elses_webhook_is_asked_for_again_where_the_merchant_does_not_answer(
    taken: WebhookReceiver, unused_port: int
) -> None:
    taken.merchant_url = f"http://127.0.0.1:{unused_port}/hook"
    assert httpx.post(taken.url, content=ELSES, headers=HEADERS).status_code == 504


def test_somebody_elses_webhook_goes_nowhere_that_nobody_allowed(taken: WebhookReceiver, came: list[Request]) -> None:
    def refuse(url: str) -> None:
        raise SuiteError(url)

    taken.may_reach = refuse
    assert httpx.post(taken.url, content=ELSES, headers=HEADERS).status_code == 504
    assert came == []


def test_a_receiver_of_ones_own_keeps_whatever_comes(httpserver: HTTPServer, came: list[Request]) -> None:
    with WebhookReceiver(Timeline(Redaction()), httpserver.url_for("/hook")) as receiver:
        httpx.post(receiver.url, content=ELSES, headers=HEADERS)
        assert [delivery.fields["merchant_uid"] for delivery in receiver.deliveries] == ["elses-1"]
    assert len(came) == 1


def test_only_this_receiver_knows_the_answer_to_a_nonce(taken: WebhookReceiver, came: list[Request]) -> None:
    with WebhookReceiver(Timeline(Redaction())) as another:
        answers = [httpx.get(one.url, params={"nonce": "n1"}).text for one in (taken, another)]
    assert answers == [taken.answer_to("n1"), another.answer_to("n1")]
    assert answers[0] != answers[1]
    assert httpx.get(taken.url).status_code == 405
    assert came == []


def test_where_nothing_is_replaced_strangers_may_post_and_nobody_sees_what_comes(
    httpserver: HTTPServer, came: list[Request]
) -> None:
    with Unreplaced(Timeline(Redaction()), httpserver.url_for("/hook")) as endpoint:
        assert endpoint.forge(OURS).status == 201
        assert endpoint.url == httpserver.url_for("/hook")
        assert endpoint.heard_of("ours-1")
        assert (
            told([endpoint.told_about("ours-1")])
            == f"PortOne's webhooks about it are not seen here; its console must have {endpoint.url}."
        )
        assert endpoint.capabilities == frozenset()
        with pytest.raises(NotObservable, match=r"golive\.take_endpoint = true"):
            endpoint.of("ours-1")
        with pytest.raises(NotObservable, match="are not seen here"), endpoint.withholding():
            pass
    assert len(came) == 1
