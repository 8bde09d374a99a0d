"""More folders than a processing job takes inputs: those of one root are named in a manifest, which is one input."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_model_monitor.contract.processing_job import ProcessingInput
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.limits import MAX_INPUTS


def within_limit(
    inputs: Sequence[ProcessingInput], place: Folder, name: str, storage_options: Mapping[str, Any]
) -> tuple[ProcessingInput, ...]:
    """The inputs as they are while they are few enough, else with hour folders gathered in manifests.

    Each file of theirs appears under the same container path as before.

    :param place: where manifests are kept
    :param name: beginning of their names
    """
    if len(inputs) <= MAX_INPUTS:
        return tuple(inputs)
    groups: dict[tuple[str, str], list[ProcessingInput]] = {}
    for one in inputs:
        groups.setdefault(_roots(one), []).append(one)
    gathered: list[ProcessingInput] = []
    for (uri, local_path), members in groups.items():
        if len(members) == 1 or not all(one.data_type == "S3Prefix" for one in members):
            gathered += members
            continue
        content = json.dumps([{"prefix": f"{uri}/"}, *_files(members, uri, storage_options)]).encode()
        file = f"{name}.{members[0].name}-{hashlib.sha256(content).hexdigest()[:8]}.manifest"
        place.create(file, content)
        gathered.append(
            dataclasses.replace(members[0], uri=place.url_of(file), local_path=local_path, data_type="ManifestFile")
        )
    return tuple(gathered)


def _roots(one: ProcessingInput) -> tuple[str, str]:
    """Address and container path without the parts at their ends that are the same: ``churn/AllTraffic/2026/…``."""
    address, place = one.uri.rstrip("/").split("/"), one.local_path.rstrip("/").split("/")
    shared = 0
    # The bucket stays: s3://bucket is three parts.
    while shared < min(len(address) - 3, len(place) - 1) and address[-1 - shared] == place[-1 - shared]:
        shared += 1
    return "/".join(address[: len(address) - shared]), "/".join(place[: len(place) - shared])


def _files(members: Sequence[ProcessingInput], root: str, storage_options: Mapping[str, Any]) -> list[str]:
    """Every file of the folders, by its path below their root."""
    found: list[str] = []
    for one in members:
        below = one.uri.rstrip("/").removeprefix(root).strip("/")
        found += [f"{below}/{file}" for file in Folder(one.uri, storage_options).sizes()]
    return found
