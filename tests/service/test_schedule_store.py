"""Schedules and definitions in a folder: versions that nobody overwrites."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.service.schedule_store import ScheduleStore


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ScheduleStore:
    return ScheduleStore(str(tmp_path / "store") if request.param == "local" else f"memory://{tmp_path.name}/store")


def said(value: Any) -> Any:
    return lambda _: {"value": value}


def test_the_newest_version_is_the_schedule(store: ScheduleStore) -> None:
    assert store.schedule("churn") is None
    store.change("churn", said(1))
    store.change("churn", said(2))
    store.change("abandonment", said(3))

    assert store.schedule("churn") == {"value": 2}
    assert store.names() == ("abandonment", "churn")
    assert list(store.schedules()) == [{"value": 3}, {"value": 2}]


def test_what_does_not_change_writes_nothing(tmp_path: Path) -> None:
    store = ScheduleStore(str(tmp_path))
    for _ in range(3):
        store.change("churn", said(1))

    assert [path.name for path in (tmp_path / "schedules" / "churn").iterdir()] == ["000001.json"]


def test_changes_at_once_are_made_one_after_the_other(store: ScheduleStore) -> None:
    store.change("churn", said([]))

    def add(number: int) -> None:
        store.change("churn", lambda present: {"value": sorted([*(present or {})["value"], number])})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(8)))

    assert store.schedule("churn") == {"value": list(range(8))}


def test_a_deleted_schedule_leaves_nothing_behind(store: ScheduleStore) -> None:
    for value in range(3):
        store.change("churn", said(value))

    assert store.delete_schedule("churn") is True
    assert store.schedule("churn") is None
    assert list(store.schedules()) == []
    assert store.delete_schedule("churn") is False


def test_a_change_that_is_refused_writes_nothing(store: ScheduleStore) -> None:
    def refuse(_: Any) -> Any:
        raise KeyError("no")

    with pytest.raises(KeyError):
        store.change("churn", refuse)
    assert store.schedule("churn") is None


def test_definitions_are_written_once(store: ScheduleStore) -> None:
    assert store.create_definition("DataQuality", "one", {"a": 1}) is True
    assert store.create_definition("DataQuality", "one", {"a": 2}) is False
    assert store.definition("DataQuality", "one") == {"a": 1}
    assert store.definition("ModelQuality", "one") is None
    assert store.definition_names("DataQuality") == ("one",)
    assert store.delete_definition("DataQuality", "one") is True
    assert store.delete_definition("DataQuality", "one") is False


def test_an_unreadable_document_is_named(tmp_path: Path) -> None:
    store = ScheduleStore(str(tmp_path))
    store.change("churn", said(1))
    (tmp_path / "schedules" / "churn" / "000001.json").write_text("{")

    with pytest.raises(ContractError, match=r"churn/000001\.json"):
        store.schedule("churn")


def test_names_are_those_sagemaker_accepts(store: ScheduleStore) -> None:
    with pytest.raises(ValueError, match=r"monitoring_schedule_name: '\.\./x'"):
        store.schedule("../x")
