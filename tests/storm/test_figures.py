"""What is measured in a storm: percentiles, what happened second by second, and whatever was written of it."""

from __future__ import annotations

from pathlib import Path

from conformance.storm.happenings import Doing, Happening, Sent, Told, answers, by_second, percentile


def test_a_percentile_is_a_value_that_was_measured() -> None:
    hundred = [float(number) for number in range(1, 101)]
    assert [percentile(hundred, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([7.0], 0.5) == percentile([7.0], 0.99) == 7.0
    assert percentile([], 0.5) == 0.0


def test_answers_are_told_by_what_was_asked_and_failures_counted() -> None:
    happened = [
        Happening(act=Doing.PLACE, seconds=0.5),
        Happening(act=Doing.PLACE, seconds=1.5, said="HTTP 503"),
        Happening(act=Doing.PAY, seconds=9.0),
    ]
    webhook, place = answers(happened, [Sent(0, 0.25, 200), Sent(1, 30.0, None)])
    assert (webhook.what, webhook.number, webhook.failed, webhook.p50, webhook.longest) == ("webhook", 2, 1, 0.25, 30.0)
    assert (place.what, place.number, place.failed, place.longest) == ("place", 2, 1, 1.5)


def test_every_second_is_there_also_one_in_which_nothing_began() -> None:
    happened = [Happening(act=Doing.PLACE, at=100.2), Happening(act=Doing.PAY, at=100.4)]
    seconds = by_second(happened, [Sent(100.5, 0.1, 200), Sent(102.3, 0.4, None)])
    assert [(one.second, one.placed, one.paid, one.webhooks, one.unanswered) for one in seconds] == [
        (0, 1, 1, 1, 0),
        (1, 0, 0, 0, 0),
        (2, 0, 0, 1, 1),
    ]
    assert by_second([], []) == []


def test_a_line_is_read_once_and_one_that_is_not_whole_later(tmp_path: Path) -> None:
    told = Told(tmp_path / "told.jsonl")
    assert list(told.read()) == []
    line = Happening(act=Doing.PLACE, number=1).model_dump_json()
    told.file.write_text(f"{line}\n{line[:10]}", "utf-8")
    assert [one.number for one in told.read()] == [1]
    with told.file.open("a", encoding="utf-8") as file:
        file.write(f"{line[10:]}\n")
    assert [one.number for one in told.read()] == [1, 1]
