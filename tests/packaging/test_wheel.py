"""What `pip install airflow-model-monitor` brings: built from this tree with the build backend itself."""

from __future__ import annotations

import configparser
import email
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from airflow_model_monitor import __version__

ROOT = Path(__file__).parents[2]
DIST_INFO = f"airflow_model_monitor-{__version__}.dist-info"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("dist")
    path = next(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"]))
    with zipfile.ZipFile(path) as opened:
        yield opened


def test_the_example_dags_are_packed_where_airflow_looks(wheel: zipfile.ZipFile) -> None:
    packed = {
        name.rsplit("/", 1)[1] for name in wheel.namelist() if name.startswith("airflow_model_monitor/example_dags/")
    }

    assert packed == {path.name for path in (ROOT / "dags").glob("*.*")}


def test_every_module_and_template_is_packed(wheel: zipfile.ZipFile) -> None:
    source = ROOT / "provider"
    expected = {
        path.relative_to(source).as_posix()
        for path in (source / "airflow_model_monitor").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert expected <= set(wheel.namelist())
    assert "airflow_model_monitor/py.typed" in wheel.namelist()


def test_nothing_else_is_packed(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}

    assert tops == {"airflow_model_monitor", DIST_INFO}
    assert not [name for name in wheel.namelist() if "/test" in name or name.endswith(".pyc")]


def test_the_entry_points(wheel: zipfile.ZipFile) -> None:
    points = configparser.ConfigParser()
    points.read_string(wheel.read(f"{DIST_INFO}/entry_points.txt").decode())

    assert {section: dict(points[section]) for section in points.sections()} == {
        "console_scripts": {"model-monitor": "airflow_model_monitor.cli.main:main"},
        "apache_airflow_provider": {"provider_info": "airflow_model_monitor.provider_info:get_provider_info"},
        "airflow.plugins": {"model_monitor": "airflow_model_monitor.plugin:ModelMonitorPlugin"},
    }


def test_the_metadata(wheel: zipfile.ZipFile) -> None:
    metadata = email.message_from_bytes(wheel.read(f"{DIST_INFO}/METADATA"))

    assert (metadata["Name"], metadata["Version"]) == ("airflow-model-monitor", __version__)
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "Framework :: Apache Airflow :: Provider" in metadata.get_all("Classifier", [])
    assert set(metadata.get_all("Provides-Extra", [])) == {
        "demo",
        "dev",
        "local",
        "onnx",
        "openlineage",
        "shap",
        "spark",
    }


def test_the_license_is_the_apache_license(wheel: zipfile.ZipFile) -> None:
    text = wheel.read(f"{DIST_INFO}/licenses/LICENSE").decode()

    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert text.rstrip().endswith("limitations under the License.")
