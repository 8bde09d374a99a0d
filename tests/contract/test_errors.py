from __future__ import annotations

import pickle

from airflow_model_monitor.contract.errors import ContractError

ERROR = ContractError("expected a number", file="a.json", line=3, field="$.x", remedy="Write one.")


def test_text_names_place_message_and_remedy() -> None:
    assert str(ERROR) == "file a.json, line 3, field $.x: expected a number. Write one."
    assert str(ContractError("no data")) == "no data"


def test_error_survives_the_way_between_processes() -> None:
    copy = pickle.loads(pickle.dumps(ERROR))
    assert (str(copy), copy.file, copy.line, copy.field) == (str(ERROR), "a.json", 3, "$.x")
