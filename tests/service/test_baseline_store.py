from __future__ import annotations

from pathlib import Path

import pytest

from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.service.baseline_store import BaselineStore
from airflow_model_monitor.service.folder import Folder

EXECUTION = Execution(
    monitor_type="DataQuality", status="Completed", exit_message="Completed", compatibility="corrected"
)


def files(folder: Path, constraints: str, statistics: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "constraints.json").write_text(constraints)
    (folder / "statistics.json").write_text(statistics)
    return folder


def content(store: BaselineStore, place) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    found = store.resolve()
    assert found.statistics is not None
    texts = []
    for url in (found.constraints, found.statistics):
        folder, _, name = url.rpartition("/")
        texts.append(Folder(folder, place.storage_options).read(name).decode())
    return texts[0], texts[1]


def test_published_files_and_their_plain_copies(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = BaselineStore(*place)
    published = store.publish(files(tmp_path / "a", "c1", "s1"), EXECUTION)
    plain = Folder(*place)
    assert (plain.read("constraints.json"), plain.read("statistics.json")) == (b"c1", b"s1")
    found = store.resolve()
    assert found.constraints == published.url_of("constraints.json")
    assert found.revision == published.execution.revision
    assert content(store, place) == ("c1", "s1")


def test_the_version_is_a_content_address(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = BaselineStore(*place)
    versions = []
    for name, constraints in (("a", "c1"), ("b", "c2"), ("c", "c1")):
        store.publish(files(tmp_path / name, constraints, "s1"), EXECUTION)
        versions.append(store.resolve().version)
    assert versions[0] == versions[2] != versions[1]


def test_edited_constraints_count(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = BaselineStore(*place)
    store.publish(files(tmp_path / "a", "c1", "s1"), EXECUTION)
    Folder(*place).upload("constraints.json", files(tmp_path / "b", "edited", "") / "constraints.json")
    assert content(store, place) == ("edited", "s1")
    assert store.resolve().revision is None


def test_an_interrupted_copy_does_not_mix_two_baselines(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = BaselineStore(*place)
    old = files(tmp_path / "a", "c1", "s1")
    store.publish(old, EXECUTION)
    store.publish(files(tmp_path / "b", "c2", "s2"), EXECUTION)
    Folder(*place).upload("statistics.json", old / "statistics.json")
    assert content(store, place) == ("c2", "s2")


def test_a_baseline_that_sagemaker_wrote(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    written = files(tmp_path / "a", "c1", "s1")
    for name in ("constraints.json", "statistics.json"):
        Folder(*place).upload(name, written / name)
    assert content(BaselineStore(*place), place) == ("c1", "s1")


def test_no_baseline_names_the_remedy(place) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(FileNotFoundError, match=r"no baseline here.*SuggestBaselineOperator"):
        BaselineStore(*place).resolve()
