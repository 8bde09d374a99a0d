from __future__ import annotations

import io
import os
import textwrap
import time
from pathlib import Path

import pytest

from airflow_model_monitor.contract.captured_data import CapturedRecord, parse_captured_line
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.location import Location
from airflow_model_monitor.jobs.script_limits import ScriptLimits
from airflow_model_monitor.jobs.scripts import Scripts

LINE = (
    '{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"1,2","encoding":"CSV"},'
    '"endpointOutput":{"observedContentType":"text/csv","mode":"OUTPUT","data":"0.5","encoding":"CSV"}},'
    '"eventMetadata":{"eventId":"e1","inferenceTime":"2026-01-02T03:04:05Z","customAttributes":["k=v"]},'
    '"eventVersion":"0"}'
)


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def scripts(tmp_path: Path, log: io.StringIO):
    def make(source: str, *, limits: ScriptLimits | None = None, post: bool = False) -> Scripts:
        path = tmp_path / "script.py"
        path.write_text(textwrap.dedent(source))
        location = Location(str(path))
        return Scripts(
            preprocessor=None if post else location,
            post_processor=location if post else None,
            limits=limits or ScriptLimits(),
            environment={"dataset_source": "/data"},
            log=log,
        )

    return make


def rows_of(scripts: Scripts, *lines: str) -> list[list[dict[str, object]]]:
    records: list[CapturedRecord] = [parse_captured_line(line) for line in lines or (LINE,)]
    with scripts.running_preprocessor() as preprocessor:
        assert preprocessor is not None
        return list(preprocessor(records))


def test_a_dict_is_one_row(scripts) -> None:
    source = """
        def preprocess_handler(inference_record):
            features = inference_record.endpoint_input.data.split(",")
            return {"p": float(inference_record.endpoint_output.data), "a": int(features[0]), "b": None}
    """
    assert rows_of(scripts(source)) == [[{"p": 0.5, "a": 1, "b": None}]]


def test_every_attribute_of_the_record(scripts) -> None:
    source = """
        def preprocess_handler(r):
            i, m = r.endpoint_input, r.event_metadata
            return {
                "input": [i.encoding, i.data, i.observedContentType, i.mode] == ["CSV", "1,2", "text/csv", "INPUT"],
                "absent": r.batch_transform_output is None and r.ground_truth is None,
                "metadata": [m.event_id, m.event_time, m.custom_attribute] == ["e1", "2026-01-02T03:04:05Z", ["k=v"]],
                "version": r.event_version == "0",
                "dict": r.event_dict["captureData"]["endpointOutput"]["data"] == "0.5",
            }
    """
    assert all(value is True for value in rows_of(scripts(source))[0][0].values())


@pytest.mark.parametrize(("returned", "expected"), [("[]", []), ("[{'a': 1}, {'a': 2}]", [{"a": 1}, {"a": 2}])])
def test_a_list_drops_or_multiplies(scripts, returned: str, expected: list[dict[str, int]]) -> None:
    assert rows_of(scripts(f"def preprocess_handler(record): return {returned}")) == [expected]


def test_numpy_numbers_are_numbers(scripts) -> None:
    source = "import numpy\ndef preprocess_handler(record): return {'a': numpy.float64(0.5), 'b': numpy.int32(2)}"
    assert rows_of(scripts(source)) == [[{"a": 0.5, "b": 2}]]


def test_prints_and_the_logger_reach_the_log_and_nothing_else(scripts, log: io.StringIO) -> None:
    source = """
        import sys
        def preprocess_handler(record, logger):
            print("to stdout"); print("to stderr", file=sys.stderr); logger.info("to the logger")
            return {"a": 1}
    """
    assert rows_of(scripts(source)) == [[{"a": 1}]]
    assert {"to stdout", "to stderr", "to the logger"} == {
        line.removeprefix("[script.py] ").removeprefix("INFO ") for line in log.getvalue().splitlines()
    }


def test_its_own_traceback_is_shown(scripts, log: io.StringIO) -> None:
    source = """
        def helper(text):
            return int(text)

        def preprocess_handler(record):
            return {"a": helper(record.endpoint_input.data)}
    """
    with pytest.raises(ContractError) as caught:
        rows_of(scripts(source))
    assert str(caught.value) == (
        "Exception while invoking preprocessor script. script.py: ValueError: invalid literal for int() with base 10: "
        "'1,2' (script.py, line 3)"
    )
    assert "in helper" in log.getvalue()
    assert "script_child" not in log.getvalue()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def other(): pass", "script.py defines no function preprocess_handler()"),
        ("def preprocess_handler(record) return 1", "SyntaxError"),
        ("import not_there_at_all", "ModuleNotFoundError"),
        (
            "def preprocess_handler(record): return None",
            "must return a dict, or a list of dicts ([] drops the record), not",
        ),
        ("def preprocess_handler(record): return [1]", "not a list of int"),
        ("def preprocess_handler(record): return {'a': object()}", "only text, numbers, booleans and None fit a row"),
        ("def preprocess_handler(record): import sys; sys.exit(3)", "SystemExit: 3"),
        ("def preprocess_handler(record): import os; os._exit(3)", "ended its process with exit code 3"),
        ("def preprocess_handler(record): return {'a': record.no_such_thing}", "has no attribute 'no_such_thing'"),
    ],
)
def test_mistakes_are_told(scripts, source: str, expected: str) -> None:
    with pytest.raises(ContractError, match="Exception while invoking preprocessor script") as caught:
        rows_of(scripts(source))
    assert expected in str(caught.value)


@pytest.mark.parametrize("body", ["while True: pass", "import time; time.sleep(60)"])
def test_time_is_limited(scripts, body: str) -> None:
    source = f"def preprocess_handler(record):\n    {body}"
    started = time.monotonic()
    with pytest.raises(ContractError, match="took longer than 1 seconds; script_time_limit_seconds sets the limit"):
        rows_of(scripts(source, limits=ScriptLimits(seconds=1)))
    assert time.monotonic() - started < 10


def test_memory_is_limited(scripts) -> None:
    with pytest.raises(ContractError, match="MemoryError"):
        rows_of(
            scripts(
                "def preprocess_handler(record): return {'a': len(bytearray(1 << 29))}",
                limits=ScriptLimits(memory_mb=256),
            )
        )


def test_what_the_script_started_ends_with_it(scripts, tmp_path: Path) -> None:
    source = f"""
        import subprocess, pathlib
        def preprocess_handler(record):
            child = subprocess.Popen(["sleep", "60"])
            pathlib.Path({str(tmp_path / "pid")!r}).write_text(str(child.pid))
            return {{"a": 1}}
    """
    rows_of(scripts(source))
    time.sleep(0.2)
    with pytest.raises(ProcessLookupError):
        _raise_unless_running(int((tmp_path / "pid").read_text()))


def _raise_unless_running(pid: int) -> None:
    os.kill(pid, 0)
    if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():  # ended, and nobody collects it in a container
        raise ProcessLookupError(pid)


def test_secrets_of_the_process_stay_outside(scripts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "passed")
    source = """
        import os
        def preprocess_handler(record):
            return {"names": " ".join(sorted(n for n in os.environ if n.isupper() and ("KEY" in n or "FLOW" in n)))}
    """
    limits = ScriptLimits(passed=("AWS_SECRET_ACCESS_KEY",))
    assert rows_of(scripts(source)) == [[{"names": ""}]]
    assert rows_of(scripts(source, limits=limits)) == [[{"names": "AWS_SECRET_ACCESS_KEY"}]]


def test_the_post_processor_finds_the_output(scripts, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    source = """
        import os, pathlib
        def postprocess_handler():
            pathlib.Path(os.environ["output_path"], "notified").write_text(os.environ["dataset_source"])
    """
    scripts(source, post=True).post_process(tmp_path / "out")
    assert (tmp_path / "out" / "notified").read_text() == "/data"


def test_scripts_are_off_unless_enabled(scripts) -> None:
    asked = scripts("def preprocess_handler(record): pass")
    asked.require_enabled(True)
    with pytest.raises(ContractError, match=r"record_preprocessor_script.*switched off.*enable_scripts=true"):
        asked.require_enabled(False)


def test_a_script_that_is_not_there(tmp_path: Path, log: io.StringIO) -> None:
    missing = Scripts(Location(str(tmp_path / "gone.py")), None, ScriptLimits(), {}, log)
    with pytest.raises(ContractError, match=r"gone\.py: there is no such file"):
        rows_of(missing)


def test_ten_thousand_records_do_not_take_long(scripts) -> None:
    asked = scripts("def preprocess_handler(record): return {'a': record.endpoint_input.data}")
    started = time.monotonic()
    assert len(rows_of(asked, *[LINE] * 10_000)) == 10_000
    assert time.monotonic() - started < 30


def test_a_record_longer_than_any_pipe(scripts) -> None:
    line = LINE.replace('"data":"1,2"', f'"data":"{"7" * 3_000_000}"')
    source = (
        "def preprocess_handler(record): return {'a': len(record.endpoint_input.data), 'b': record.endpoint_input.data}"
    )
    rows = rows_of(scripts(source), line)
    assert rows[0][0]["a"] == 3_000_000
    assert rows[0][0]["b"] == "7" * 3_000_000


def test_a_copy_the_handler_forks_and_lets_return_does_not_answer(scripts) -> None:
    source = """
        import os
        def preprocess_handler(inference_record):
            child = os.fork()
            if child:
                os.waitpid(child, 0)
            return {"id": inference_record.event_metadata.event_id, "child": child == 0}
    """
    lines = [LINE.replace('"e1"', f'"{i}"') for i in range(5)]

    rows = rows_of(scripts(source), *lines)

    assert rows == [[{"id": str(i), "child": False}] for i in range(5)]


def test_a_script_that_writes_where_its_answers_go(scripts) -> None:
    source = """
        import os
        def preprocess_handler(inference_record):
            for descriptor in range(3, 1024):
                try:
                    os.write(descriptor, b"{broken\\n")
                except OSError:
                    pass
            return {"a": 1}
    """
    with pytest.raises(ContractError, match="wrote to a descriptor that is not its own"):
        rows_of(scripts(source))
