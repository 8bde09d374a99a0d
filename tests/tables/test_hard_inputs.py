"""Sizes and circumstances that break naive readers."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys

import duckdb
import pytest

from airflow_model_monitor.contract.dataset_format import CaptureJson, Csv
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.dataset import open_dataset
from airflow_model_monitor.tables.read_failure import reading
from airflow_model_monitor.tables.source_files import SourceFile


def test_ten_thousand_columns(write, read_table):
    names = [f"feature {i}" for i in range(10_000)]
    row = ",".join(map(str, range(10_000)))

    table = read_table(write("a.csv", ",".join(names) + f"\n{row}\n{row}\n7\n"), Csv(header=True))

    assert table.names == names
    assert table.rows[1] == tuple(map(str, range(10_000)))
    assert table.rows[2] == ("7",) + (None,) * 9_999


def test_too_many_columns(write, read_table):
    path = write("a.csv", "a\n" + "1," * 200_000 + "\n")

    with pytest.raises(ContractError, match="a row has 200,001 fields") as error:
        read_table(path, Csv(header=False))
    assert error.value.file == path


def test_csv_line_of_100_mb(tmp_path, read_table):
    path = tmp_path / "a.csv"
    with path.open("w") as stream:
        stream.write("a,b\n1,")
        for _ in range(100):
            stream.write("x" * 1_000_000)
        stream.write("\n2,y\n")

    table = read_table(path, Csv(header=True))

    assert [(a, len(b)) for a, b in table.rows] == [("1", 100_000_000), ("2", 1)]


def test_captured_line_of_100_mb(tmp_path, read_table, record):
    path = tmp_path / "a.jsonl"
    path.write_text(record("1," + "x" * 100_000_000, "0") + record("2,y", "1"))

    table = read_table(path, CaptureJson())

    assert [(a, b, len(c)) for a, b, c in table.rows] == [("0", "1", 100_000_000), ("1", "2", 1)]


def test_line_of_100_mb_that_is_no_record(tmp_path, read_table):
    path = tmp_path / "a.jsonl"
    path.write_text("[" * 100_000_000)

    with pytest.raises(ContractError) as error:
        read_table(path, CaptureJson())
    assert (error.value.file, error.value.line) == (str(path), 1)


def test_memory_does_not_grow_with_the_number_of_records(tmp_path, record):
    program = (
        "import resource, sys\n"
        "from airflow_model_monitor.contract.dataset_format import CaptureJson\n"
        "from airflow_model_monitor.tables.dataset import open_dataset\n"
        "relation = open_dataset(sys.argv[1], CaptureJson(), memory_limit='200MB')\n"
        "assert relation.rows == int(sys.argv[2])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    payload = ",".join(str(i) for i in range(400))
    peaks = []
    for count in (1_000, 100_000):  # 2 MB and 200 MB
        path = tmp_path / f"{count}.jsonl"
        with path.open("w") as stream:
            line = record(payload, "0.5")
            for _ in range(count):
                stream.write(line)
        done = subprocess.run(
            [sys.executable, "-c", program, str(path), str(count)], capture_output=True, text=True, check=True
        )
        peaks.append(int(done.stdout))

    assert peaks[1] - peaks[0] < 150


def test_file_deleted_before_it_is_read(tmp_path, read_table, write):
    write("1.csv", "a\n1\n")
    (tmp_path / "2.csv").symlink_to(tmp_path / "gone.csv")

    with pytest.raises(ContractError, match="disappeared") as error:
        read_table(tmp_path, Csv(header=True))
    assert error.value.file == str(tmp_path / "2.csv")


def test_file_deleted_between_opening_and_reading(write):
    path = write("a.csv", "a\n1\n")

    def delete_then_read() -> None:
        with open_dataset(path, Csv(header=True)) as relation:
            os.remove(path)
            relation.connection.sql(relation.sql).to_arrow_reader(1000).read_all()

    with pytest.raises(ContractError, match="disappeared") as error:
        delete_then_read()
    assert error.value.file == path


def test_file_changed_between_opening_and_reading(write):
    path = write("a.csv", "a,b\n1,2\n")

    with open_dataset(path, Csv(header=True)) as relation:
        write("a.csv", "a,b\n1,2\n3,4,5\n")
        with pytest.raises(ContractError, match="could not be read") as error, reading():
            relation.connection.execute(relation.sql).fetchall()
    assert (error.value.file, error.value.line) == (path, 3)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(write, read_table):
    path = write("a.csv", "a\n1\n")
    os.chmod(path, 0)

    with pytest.raises(ContractError, match="may not be read"):
        read_table(path, Csv(header=True))


class NoEntry:
    """A file system whose files are forbidden."""

    def open(self, path: str, mode: str, **options: object) -> object:
        raise PermissionError(13, "Permission denied", path)


def test_forbidden_file():
    file = SourceFile("s3://bucket/a.csv", "bucket/a.csv", 1, NoEntry())

    with pytest.raises(ContractError, match="may not be read") as error, file.open():
        pass
    assert error.value.file == "s3://bucket/a.csv"
    assert "read access" in error.value.remedy


def test_wrong_query_stays_what_it_is(write):
    with pytest.raises(duckdb.BinderException), open_dataset(write("a.csv", "a\n1\n"), Csv(header=True)) as relation:
        relation.connection.execute(f"SELECT nothing FROM ({relation.sql})")


def test_damaged_gzip_names_the_file(write, read_table):
    import gzip

    path = write("a.csv.gz", gzip.compress(os.urandom(1000))[:500])

    with pytest.raises(ContractError, match="damaged") as error:
        read_table(path, Csv(header=True))
    assert error.value.file == path


def test_closing_removes_what_was_staged(tmp_path, write):
    path = write("in/a.csv", 'a\r"x\r"\r')
    staging = tmp_path / "staging"
    staging.mkdir()

    relation = open_dataset(path, Csv(header=True), temp_directory=str(staging))
    staged = [file for _, _, files in os.walk(staging) for file in files]
    relation.close()
    relation.close()

    assert staged
    assert os.listdir(staging) == []


def test_failing_removes_what_was_staged(tmp_path, write):
    path = write("in/a.csv", 'a\r"x\r')
    staging = tmp_path / "staging"
    staging.mkdir()

    with pytest.raises(ContractError):
        open_dataset(path, Csv(header=True), temp_directory=str(staging))

    assert os.listdir(staging) == []


def test_no_extension_is_ever_installed(write):
    with open_dataset(write("a.csv", "a\n1\n"), Csv(header=True), threads=1, memory_limit="100MB") as relation:
        settings = relation.connection.execute(
            "SELECT current_setting('autoinstall_known_extensions'), current_setting('autoload_known_extensions'),"
            " current_setting('preserve_insertion_order'), current_setting('threads')"
        ).fetchone()

    assert settings == (False, False, True, 1)


def test_a_gzip_file_damaged_in_the_middle(tmp_path, read_table):
    packed = bytearray(gzip.compress(b"a\n" + b"".join(b"%d\n" % (i * i) for i in range(5000))))
    packed[2000:2010] = b"\xff" * 10
    path = tmp_path / "a.csv.gz"
    path.write_bytes(packed)

    with pytest.raises(ContractError, match="the gzip file is damaged") as error:
        read_table(path, Csv(header=True))
    assert error.value.file == str(path)
