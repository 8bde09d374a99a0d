"""Where the configurations of Clarify jobs are kept: under a name that is their content, so that none ever changes.

Below an output's address (any fsspec URL)::

    _configs/3f1c0a…/analysis_config.json

AWS's SDK writes them to a random place below the monitor's output. Named by content, a retried task writes the same
file to the same place, two tasks with unlike configurations never see each other's, and the file still says, long
after, what the results beside it were asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from airflow_model_monitor.contract.analysis_config import FILE_NAME, AnalysisConfig
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.service.folder import Folder

CONFIGS: Final = "_configs"
_HEX_DIGITS: Final = 16


def keep_config(root_url: str, config: AnalysisConfig, storage_options: Mapping[str, Any] | None = None) -> str:
    """Write a configuration below an output's address, once.

    :param root_url: the output, a local path or fsspec URL
    :param storage_options: keyword arguments of the file system
    :returns: the file's address, the same for the same configuration
    :raises ContractError: somebody has changed the file
    """
    content = config.to_json().encode()
    name = hashlib.sha256(content).hexdigest()[:_HEX_DIGITS]
    folder = Folder(root_url, storage_options).child(CONFIGS, name)
    if not folder.create(FILE_NAME, content) and folder.read(FILE_NAME) != content:
        raise ContractError(
            "the file is not the one that was written here (its folder is named by its SHA-256)",
            file=folder.url_of(FILE_NAME),
            remedy="Delete it: it is written again",
        )
    return folder.url_of(FILE_NAME)
