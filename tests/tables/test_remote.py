"""The same files through fsspec: in memory, and on a real (local) S3 server."""

from __future__ import annotations

import gzip
import io
import uuid

import boto3
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto.server import ThreadedMotoServer

from airflow_model_monitor.contract.dataset_format import CaptureJson, Csv, Json, Parquet
from airflow_model_monitor.contract.errors import ContractError


@pytest.fixture(scope="module")
def s3_options():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="k",
        aws_secret_access_key="s",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="bucket")
    yield {"endpoint_url": endpoint, "key": "k", "secret": "s"}
    server.stop()


@pytest.fixture(params=["memory", "s3"])
def remote(request):
    """A fresh folder's URL, its storage options and a function that writes a file below it."""
    options = request.getfixturevalue("s3_options") if request.param == "s3" else {}
    url = f"{request.param}://bucket/{uuid.uuid4()}"

    def put(name: str, content: bytes) -> None:
        with fsspec.open(f"{url}/{name}", "wb", **options) as stream:
            stream.write(content)

    return url, options, put


def parquet(values: list[int]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"a": values}), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("dataset_format", "suffix", "contents"),
    [
        (Csv(header=True), "csv", [b"a\n1\n", b"a\n2\n"]),
        (Csv(header=True), "csv.gz", [gzip.compress(b"a\n1\n"), gzip.compress(b"a\n2\n")]),
        (Json(lines=True), "jsonl", [b'{"a": 1}\n', b'{"a": 2}\n']),
        (Parquet(), "parquet", [parquet([1]), parquet([2])]),
    ],
    ids=["csv", "gzip", "json", "parquet"],
)
def test_datasets(remote, read_table, dataset_format, suffix, contents):
    url, options, put = remote
    for i, content in enumerate(contents):
        put(f"part/{i}.{suffix}", content)
    put("_SUCCESS", b"x")

    table = read_table(url, dataset_format, storage_options=options)

    assert table.names == ["a"]
    assert [int(row[0]) for row in table.rows] == [1, 2]


def test_captured_data(remote, read_table, record):
    url, options, put = remote
    put("endpoint/AllTraffic/2021/07/07/20/b.jsonl", record("2", "b").encode())
    put("endpoint/AllTraffic/2021/07/07/20/a.jsonl.gz", gzip.compress(record("1", "a").encode()))
    put("endpoint/AllTraffic/2021/07/07/20/other.csv", b"1,2\n")

    table = read_table(url, CaptureJson(), storage_options=options)

    assert table.rows == [("a", "1"), ("b", "2")]


def test_single_file(remote, read_table):
    url, options, put = remote
    put("a.csv", b"a\n1\n")
    put("a.csv.old", b"a\n2\n")

    assert read_table(f"{url}/a.csv", Csv(header=True), storage_options=options).rows == [("1",)]


def test_errors_name_the_remote_file(remote, read_table, record):
    url, options, put = remote
    put("a.jsonl", (record("1", "a") + "{").encode())

    with pytest.raises(ContractError) as error:
        read_table(url, CaptureJson(), storage_options=options)
    assert (error.value.file, error.value.line) == (f"{url.replace('memory://', 'memory://')}/a.jsonl", 2)


def test_missing_folder(remote, read_table):
    url, options, _ = remote

    with pytest.raises(ContractError, match="objects found under") as error:
        read_table(url, Csv(header=True), storage_options=options)
    assert error.value.file == url


def test_missing_bucket(s3_options, read_table):
    with pytest.raises(ContractError, match="No S3 objects found under S3 URL"):
        read_table("s3://no-such-bucket/x", Csv(header=True), storage_options=s3_options)


def test_unknown_protocol(read_table):
    with pytest.raises(ContractError, match="no file system for this URL") as error:
        read_table("nosuch://bucket/x", Csv(header=True))
    assert "s3fs" in error.value.remedy


@pytest.mark.parametrize("credentials", [{}, {"key": "k", "secret": "s"}])
def test_store_that_cannot_be_reached(read_table, credentials, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    options = {"endpoint_url": "http://127.0.0.1:9", "config_kwargs": {"retries": {"max_attempts": 0}}, **credentials}

    with pytest.raises(ContractError, match="could not be listed") as error:
        read_table("s3://bucket/x", Csv(header=True), storage_options=options)
    assert "credentials" in error.value.remedy


@pytest.mark.parametrize("name", ["br[a]cket", "st*r", "what?"])
def test_parquet_under_a_name_that_looks_like_a_pattern(remote, read_table, name):
    url, options, put = remote
    put(f"{name}/x.parquet", parquet([1]))
    put("bracket/x.parquet", parquet([2]))
    put("star/x.parquet", parquet([3]))

    assert read_table(f"{url}/{name}/x.parquet", Parquet(), storage_options=options).rows == [(1,)]
