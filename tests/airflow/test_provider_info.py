"""The provider metadata says the truth, in Airflow's own schema."""

from __future__ import annotations

import importlib
import importlib.resources
import inspect
import json
import pkgutil
import subprocess
import sys

import jsonschema
import pytest

from airflow_model_monitor.provider_info import get_provider_info

INFO = get_provider_info()
LISTED = {
    kind: [module for group in INFO[kind] for module in group["python-modules"]]
    for kind in ("operators", "sensors", "triggers", "hooks")
}


def test_is_valid_by_airflows_schema() -> None:
    schema = json.loads(importlib.resources.files("airflow").joinpath("provider_info.schema.json").read_text())

    jsonschema.validate(INFO, schema)


def test_distribution_and_package_are_the_same_word() -> None:
    # Airflow 3.3 looks for a provider's example DAGs in the package of its distribution's name.
    assert INFO["package-name"].replace("-", "_") == "airflow_model_monitor"


@pytest.mark.parametrize("module", [name for names in LISTED.values() for name in names])
def test_listed_module_is_importable(module: str) -> None:
    importlib.import_module(module)


@pytest.mark.parametrize(
    "path", [*INFO["extra-links"], *INFO["notifications"], *(uri["handler"] for uri in INFO["asset-uris"])]
)
def test_listed_class_path_is_importable(path: str) -> None:
    module, _, name = path.rpartition(".")

    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("kind", ["operators", "sensors", "triggers"])
def test_every_class_of_the_folder_is_in_a_listed_module(kind: str) -> None:
    from airflow.sdk import BaseOperator

    from airflow_model_monitor._compat import BaseTrigger

    package = importlib.import_module(f"airflow_model_monitor.{kind}")
    public = set()
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for name, value in vars(importlib.import_module(found.name)).items():
            ours = inspect.isclass(value) and issubclass(value, BaseOperator | BaseTrigger)
            if ours and value.__module__ == found.name and not inspect.isabstract(value) and not name.startswith("_"):
                public.add(found.name)

    assert public == set(LISTED[kind])


def test_every_extra_link_is_listed() -> None:
    from airflow.sdk import BaseOperator

    used = {
        f"{type(link).__module__}.{type(link).__qualname__}"
        for module in (*LISTED["operators"], *LISTED["sensors"])
        for value in vars(importlib.import_module(module)).values()
        if inspect.isclass(value) and issubclass(value, BaseOperator) and value.__module__ == module
        for link in value.operator_extra_links
    }

    assert used == set(INFO["extra-links"])


def test_is_a_leaf_that_imports_nothing_of_airflow() -> None:
    code = "import sys, airflow_model_monitor.provider_info; print('airflow' in sys.modules)"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "False"
