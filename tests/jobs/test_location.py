from __future__ import annotations

from pathlib import Path

import fsspec
import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.location import Location, Mounts

MOUNTS = Mounts(
    {
        "/opt/ml/processing/baseline/stats": "s3://b/churn/statistics.json",
        "/opt/ml/processing/baseline/constraints": "/data/baseline",
        "/opt/ml/processing/input/endpoint/e/AllTraffic/2026/01/02/03": "s3://b/e/AllTraffic/2026/01/02/03",
        "/opt/ml/processing/input/endpoint/e/AllTraffic/2026/01/02/02": "s3://b/e/AllTraffic/2026/01/02/02",
    }
)


@pytest.mark.parametrize(
    ("container_path", "expected"),
    [
        ("/opt/ml/processing/baseline/stats/statistics.json", "s3://b/churn/statistics.json"),
        ("/opt/ml/processing/baseline/constraints/constraints.json", "/data/baseline/constraints.json"),
        ("/opt/ml/processing/output", "/opt/ml/processing/output"),
        ("relative/file.csv", "relative/file.csv"),
        ("s3://other/file.csv", "s3://other/file.csv"),
    ],
)
def test_a_container_path_leads_to_what_is_mounted(container_path: str, expected: str) -> None:
    assert MOUNTS.locate(container_path).url == expected


def test_hours_below_the_source_come_in_order() -> None:
    found = [location.url for location in MOUNTS.locate_all("/opt/ml/processing/input/endpoint")]
    assert found == ["s3://b/e/AllTraffic/2026/01/02/02", "s3://b/e/AllTraffic/2026/01/02/03"]


def test_remote_and_local_files_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"local")
    with fsspec.open("memory://folder/a.json", "wb") as stream:
        stream.write(b"remote")
    locations = [
        Location(str(tmp_path / "a.json")),
        Location(f"file://{tmp_path}/a.json"),
        Location("memory://folder/a.json"),
    ]
    assert [location.read() for location in locations] == [b"local", b"local", b"remote"]
    assert all(location.exists() for location in locations)


@pytest.mark.parametrize("url", ["/nowhere/a.json", "memory://nowhere/a.json"])
def test_a_missing_file_is_named(url: str) -> None:
    assert not Location(url).exists()
    with pytest.raises(ContractError, match=f"file {url}: there is no such file"):
        Location(url).read()


def test_an_address_nobody_has_the_key_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **settings: object) -> None:
        raise RuntimeError("no credentials")  # client libraries have errors of their own

    monkeypatch.setattr(fsspec, "open", refuse)
    with pytest.raises(ContractError, match=r"s3://b/a\.json: cannot be read: no credentials\. Check"):
        Location("s3://b/a.json").read()
