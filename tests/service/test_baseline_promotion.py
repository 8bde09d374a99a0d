"""A monitor names the version of the baseline it uses, and since which window."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.service.baseline_store import BaselineStore, candidate_of, promotion_of, version_of
from airflow_model_monitor.service.folder import Folder
from tests.service.test_baseline_store import EXECUTION, files

JULY = datetime(2013, 7, 1, tzinfo=UTC)
JUNE = datetime(2013, 6, 24, tzinfo=UTC)


@pytest.fixture
def stores(place: Any, tmp_path: Path) -> tuple[BaselineStore, BaselineStore]:
    """A monitor's baseline of winter, and a candidate of spring in a folder of its own."""
    monitor, candidate = BaselineStore(*place), BaselineStore(f"{place.url}-candidate", place.storage_options)
    monitor.publish(files(tmp_path / "winter", "winter", "s1"), EXECUTION)
    candidate.publish(files(tmp_path / "spring", "spring", "s2"), EXECUTION)
    return monitor, candidate


def judged_by(store: BaselineStore, place: Any, at: datetime | None) -> str:
    folder, _, name = store.resolve(at=at).constraints.rpartition("/")
    return Folder(folder, place.storage_options).read(name).decode()


def promote(monitor: BaselineStore, candidate: BaselineStore, since: datetime | None = JULY) -> Any:
    return monitor.promote(candidate.candidate(), monitor="churn", effective_from=since, reason="retrained")


def test_windows_are_judged_by_the_baseline_of_their_time(stores: Any, place: Any) -> None:
    promote(*stores)

    assert [judged_by(stores[0], place, at) for at in (JUNE, JULY, None)] == ["winter", "spring", "spring"]


def test_the_plain_files_are_the_promoted_ones_and_say_so(stores: Any, place: Any) -> None:
    promotion, _ = promote(*stores)
    plain = Folder(*place)

    assert (plain.read("constraints.json"), plain.read("statistics.json")) == (b"spring", b"s2")
    said = json.loads(plain.read("promotion.json"))
    assert said["version"] == promotion.version == stores[1].resolve().version == stores[0].resolve().version
    assert (said["effective_from"], said["reason"]) == ("2013-07-01T00:00:00Z", "retrained")


def test_promoted_again_nothing_changes(stores: Any) -> None:
    first, second = promote(*stores), promote(*stores)

    assert first == second
    assert len(stores[0].revisions()) == 2


def test_rolled_back_the_first_counts_again_everywhere(stores: Any, place: Any) -> None:
    monitor, _ = stores
    promote(*stores)
    winter = monitor.revisions()[0]

    promotion, _ = monitor.promote(candidate_of(winter), monitor="churn", effective_from=JULY, reason="rolled back")

    assert [judged_by(monitor, place, at) for at in (JUNE, JULY)] == ["winter", "winter"]
    assert promotion.version == version_of(winter)
    assert promotion.previous == version_of(monitor.revisions()[1])


def test_an_edited_file_counts_for_the_windows_of_today_alone(stores: Any, place: Any, tmp_path: Path) -> None:
    promote(*stores)
    Folder(*place).upload("constraints.json", files(tmp_path / "hand", "edited", "") / "constraints.json")

    assert [judged_by(stores[0], place, at) for at in (JUNE, JULY)] == ["winter", "edited"]


def test_a_new_suggestion_leaves_no_stale_promotion_behind(stores: Any, place: Any, tmp_path: Path) -> None:
    promote(*stores)
    newest = stores[0].publish(files(tmp_path / "autumn", "autumn", "s3"), EXECUTION)

    assert promotion_of(newest) is None
    assert Folder(*place).read_if_there("promotion.json") is None
    assert judged_by(stores[0], place, JUNE) == "autumn"


def test_a_file_that_says_nothing_of_the_kind_is_named(stores: Any, tmp_path: Path) -> None:
    folder = files(tmp_path / "odd", "c", "s")
    (folder / "promotion.json").write_text("{}")
    stores[0].publish(folder, EXECUTION)

    with pytest.raises(ContractError, match=r"promotion\.json.*says no promotion"):
        stores[0].resolve(at=JULY)


def test_a_candidate_is_promoted_as_it_was_edited(stores: Any, place: Any, tmp_path: Path) -> None:
    edited = files(tmp_path / "hand", "milder", "") / "constraints.json"
    Folder(f"{place.url}-candidate", place.storage_options).upload("constraints.json", edited)

    promotion, revision = promote(*stores)

    assert judged_by(stores[0], place, JULY) == "milder"
    assert revision.read("statistics.json") == b"s2"
    assert promotion.version == stores[1].resolve().version


def test_a_baseline_that_something_else_wrote_is_promoted_too(place: Any, tmp_path: Path) -> None:
    theirs = BaselineStore(f"{place.url}-theirs", place.storage_options)
    for name, path in ((path.name, path) for path in files(tmp_path / "theirs", "aws", "s").iterdir()):
        Folder(theirs.url, place.storage_options).upload(name, path)
    monitor = BaselineStore(*place)

    monitor.promote(theirs.candidate(), monitor="churn")

    assert judged_by(monitor, place, JUNE) == "aws"
