"""The ledger of retrainings: nothing in it depends on who was quicker, or killed."""

from __future__ import annotations

import dataclasses
import multiprocessing
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.service.retraining_ledger import Ended, RetrainingLedger, retraining_id
from tests.guards.situations import hour, retraining


@pytest.fixture(params=["disk", "s3"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RetrainingLedger]:
    if request.param == "disk":
        yield RetrainingLedger(str(tmp_path / "ledger"))
        return
    boto3 = pytest.importorskip("boto3")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    bucket = f"ledger-{id(request)}"
    boto3.client("s3", endpoint_url=url, **keys).create_bucket(Bucket=bucket)
    yield RetrainingLedger(f"s3://{bucket}/model", {"key": "key", "secret": "secret", "endpoint_url": url})
    server.stop()


def test_what_was_begun_and_how_it_ended(ledger: RetrainingLedger) -> None:
    mine = dataclasses.replace(retraining(0), trigger=({"kind": "alarm"},))

    begun = ledger.begin(mine, after=0)
    open_ones = ledger.retrainings()
    ended = ledger.end(mine.id, Ended("finished", hour(1), {"version": "abc"}))

    assert begun == dataclasses.replace(mine, number=1)
    assert open_ones == (begun,)
    assert ended.ended == Ended("finished", hour(1), {"version": "abc"})
    assert ledger.retrainings() == (ended,)


def test_of_two_that_read_the_same_ledger_one_begins(ledger: RetrainingLedger) -> None:
    one, other = retraining(0), dataclasses.replace(retraining(1), id="other")

    results = [ledger.begin(one, after=0), ledger.begin(other, after=0)]

    assert [result is None for result in results] == [False, True]
    assert [found.id for found in ledger.retrainings()] == [one.id]


def test_a_retried_run_begins_the_same(ledger: RetrainingLedger) -> None:
    assert ledger.begin(retraining(0), after=0) == ledger.begin(retraining(0), after=0)
    assert len(ledger.retrainings()) == 1


def test_the_first_outcome_stands(ledger: RetrainingLedger) -> None:
    ledger.begin(retraining(0), after=0)
    identifier = retraining(0).id
    first = ledger.end(identifier, Ended("rejected", hour(1)))

    assert ledger.end(identifier, Ended("rejected", hour(2))) == first
    with pytest.raises(ValueError, match="is rejected since 2026-06-15T13:00:00Z and cannot be finished too"):
        ledger.end(identifier, Ended("finished", hour(2)))
    with pytest.raises(ValueError, match="outcome: 'done'"):
        ledger.end(identifier, Ended("done", hour(2)))  # type: ignore[arg-type]
    with pytest.raises(LookupError, match="no retraining other was begun"):
        ledger.end("other", Ended("finished", hour(2)))


def test_the_first_decision_stands(ledger: RetrainingLedger) -> None:
    assert ledger.decision("a") is None
    assert ledger.decide("a", {"allowed": True}) == {"allowed": True}
    assert ledger.decide("a", {"allowed": False}) == {"allowed": True}
    assert ledger.decision("b") is None


def test_a_finding_is_new_to_who_saw_it_first(ledger: RetrainingLedger) -> None:
    assert [ledger.is_new("alarm|1", run) for run in ("a", "b", "a")] == [True, False, True]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    ledger = RetrainingLedger(str(tmp_path))
    ledger.begin(retraining(0), after=0)
    (tmp_path / "retrainings" / "000001" / "started.json").write_text("{}")

    with pytest.raises(ContractError, match=r"000001/started\.json.*Restore the file"):
        ledger.retrainings()


def test_ids_are_those_of_the_run() -> None:
    assert retraining_id("dag", "run") == retraining_id("dag", "run")
    assert retraining_id("dag", "run") != retraining_id("dag", "other")


def _begin_many(url: str, name: str, begun: Any) -> None:
    ledger = RetrainingLedger(url)
    for place in range(20):
        one = dataclasses.replace(retraining(place), id=f"{name}-{place}")
        while ledger.begin(one, after=len(ledger.retrainings())) is None:
            pass
        begun.put(one.id)


def test_processes_that_race_get_a_number_each(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    begun = context.Queue()
    racers = [context.Process(target=_begin_many, args=(str(tmp_path), name, begun)) for name in ("a", "b")]
    for one in racers:
        one.start()
    found = {begun.get(timeout=60) for _ in range(40)}
    for one in racers:
        one.join()

    ledger = RetrainingLedger(str(tmp_path))
    assert {one.id for one in ledger.retrainings()} == found
    assert [one.number for one in ledger.retrainings()] == list(range(1, 41))


def test_threads_that_race_for_one_number_on_a_disk(tmp_path: Path) -> None:
    ledger = RetrainingLedger(str(tmp_path))
    results: list[Any] = []
    racers = [
        threading.Thread(
            target=lambda place=place: results.append(
                ledger.begin(
                    dataclasses.replace(retraining(0), id=f"r{place}", wall=hour(0) + timedelta(place)), after=0
                )
            )
        )
        for place in range(8)
    ]
    for one in racers:
        one.start()
    for one in racers:
        one.join()

    assert sum(result is not None for result in results) == 1
