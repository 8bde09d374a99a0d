"""Versions of a model and which of them serves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.model_versions import ModelVersions

JULY = datetime(2013, 7, 1, tzinfo=UTC)
JUNE = datetime(2013, 6, 30, tzinfo=UTC)


@pytest.fixture
def models(place: Any) -> ModelVersions:
    return ModelVersions(*place)


def test_the_same_model_is_the_same_version(models: ModelVersions) -> None:
    first, again = (models.add({"model.onnx": b"graph"}, {"rows": 10}) for _ in range(2))
    other = models.add({"model.onnx": b"another"}, {"rows": 10})

    assert first == again != other
    assert models.get(first.version).read() == b"graph"
    assert first.about == {"rows": 10}


def test_which_one_serves_is_a_matter_of_time(models: ModelVersions) -> None:
    old, new = (models.add({"model.onnx": content}, {}).version for content in (b"old", b"new"))
    assert models.serving() is None

    models.deploy(old)
    models.deploy(new, since=JULY, reason="drift")
    models.deploy(new, since=JULY, reason="drift")

    assert [models.serving(at).version for at in (JUNE, JULY, None)] == [old, new, new]  # type: ignore[union-attr]
    assert [one.version for one in models.deployments()] == [old, new]


def test_an_earlier_one_may_serve_again(models: ModelVersions) -> None:
    old, new = (models.add({"model.onnx": content}, {}).version for content in (b"old", b"new"))
    for version, since in ((old, None), (new, JULY), (old, JULY)):
        models.deploy(version, since=since)

    assert models.serving(JULY).version == old  # type: ignore[union-attr]


def test_a_changed_file_is_noticed(models: ModelVersions, place: Any) -> None:
    version = models.add({"model.onnx": b"graph"}, {})
    Folder(*place).child("versions", version.version).delete("model.onnx")
    Folder(*place).child("versions", version.version).create("model.onnx", b"other")

    with pytest.raises(ContractError, match="not the one that was added"):
        version.read()


@pytest.mark.parametrize("name", ["model.pkl", "model.JOBLIB", "model.json"])
def test_a_program_is_no_model_file(models: ModelVersions, name: str) -> None:
    with pytest.raises(ValueError, match="is not kept"):
        models.add({name: b""}, {})


def test_an_unknown_version_is_named_beside_the_known_ones(models: ModelVersions) -> None:
    known = models.add({"model.onnx": b"graph"}, {}).version

    with pytest.raises(LookupError, match=f"'0123'.*{known}"):
        models.deploy("0123")
