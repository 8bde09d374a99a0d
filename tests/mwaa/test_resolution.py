"""The package resolves beside the pins of every image MWAA runs. It asks the package index: ``make test-mwaa``."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.mwaa.images import ROOT, Image, images, versions

REQUIREMENTS = [
    Requirement(one) for one in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
]
IMAGES = pytest.mark.parametrize("image", images(), ids=lambda image: image.airflow)


@pytest.mark.mwaa
@IMAGES
def test_resolves_beside_the_images_pins(image: Image) -> None:
    result = image.resolve()

    assert {name: result.get(name) for name in image.wanted} == image.wanted
    assert {one.name for one in REQUIREMENTS} <= set(result)


@IMAGES
def test_the_set_we_ship_keeps_the_pins_and_our_ranges(image: Image) -> None:
    shipped = versions(image.file.read_text())

    assert {name: shipped.get(name) for name in image.wanted} == image.wanted
    assert [str(one) for one in REQUIREMENTS if not one.specifier.contains(shipped[one.name])] == []


def test_the_documentation_names_every_image() -> None:
    page = (ROOT / "docs" / "mwaa.md").read_text()
    rows: list[Any] = re.findall(r"^\| (3\.\d+\.\d+) \| (\S+) \| (\S+) \| \[(\S+)\]", page, flags=re.MULTILINE)

    assert rows == [
        (
            image.airflow,
            image.python,
            image.wanted["apache-airflow-providers-amazon"],
            str(image.file.relative_to(ROOT)),
        )
        for image in images()
    ]
