"""Which problem type a model quality file is about: the key of its one block says so."""

from __future__ import annotations

from typing import Literal

from airflow_model_monitor.contract.json_reader import JsonNode
from airflow_model_monitor.contract.problem_type import FILE_KEYS, ProblemType


def find_block(root: JsonNode, kind: Literal["metrics", "constraints"]) -> tuple[ProblemType, JsonNode]:
    """The problem type of a statistics.json (``metrics``) or constraints.json (``constraints``), and its block.

    :raises ContractError: there is none, or more than one: which of them counts would be anybody's guess.
    """
    keys = {f"{prefix}_{kind}": problem_type for problem_type, prefix in FILE_KEYS.items()}
    found = [key for key in keys if root.has(key)]
    if len(found) > 1:
        raise root.error(f"both {found[0]} and {found[1]} are given", "Keep the one of your model.")
    if not found:
        raise root.error(f"none of {', '.join(keys)} is there")
    block = root.child(found[0])
    block.object()
    return keys[found[0]], block
