"""Folders of S3 as a job sees them: an input's objects fetched below a folder, an output's files sent up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.contract.processing_job import ProcessingInput
from airflow_model_monitor.local.clients import client
from airflow_model_monitor.local.errors import ServiceError

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

#: What a reader waits for comes last.
LAST: Final = ("execution.json", "constraint_violations.json")


def holds_objects(aws: LocalAws, region: str, uri: str) -> bool:
    """Whether anything is below an address, or at it."""
    return next(_keys(client(aws, "s3", region), uri), None) is not None


def fetch(aws: LocalAws, region: str, one: ProcessingInput, folder: Path) -> None:
    """Bring an input's objects into a folder, under their names below the address.

    :raises ServiceError: there are none, or the input asks for what is not done here
    """
    s3 = client(aws, "s3", region)
    if one.compression_type != "None":
        raise _unable(one, f"S3CompressionType {one.compression_type!r}; store what is to be read uncompressed")
    if one.input_mode != "File":
        raise _unable(one, f"S3InputMode {one.input_mode!r}; ask for 'File'")
    if one.data_type == "ManifestFile":
        objects = _of_manifest(s3, one)
    else:
        objects = [(_split(one.uri)[0], key, name) for key, name in _keys(s3, one.uri)]
    if not objects:
        raise _nothing(region, one.uri)
    folder = folder.resolve()
    for bucket, key, name in objects:
        target = folder / name
        if folder not in target.resolve().parents:
            raise _unable(one, f"the key {key!r}, which leads out of the input's folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        with _explained(f"s3://{bucket}/{key} cannot be read"):
            s3.download_file(bucket, key, str(target))


def send(aws: LocalAws, region: str, folder: Path, uri: str, kms_key: str | None = None) -> list[str]:
    """Put a folder's files below an address, those that readers wait for last; returns their names.

    :raises ServiceError: there is no such bucket
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    files.sort(key=lambda path: LAST.index(path.name) if path.name in LAST else -1)
    names = [path.relative_to(folder).as_posix() for path in files]
    for path, name in zip(files, names):
        send_file(aws, region, path, f"{uri.rstrip('/')}/{name}", kms_key)
    return names


def send_file(aws: LocalAws, region: str, path: Path, uri: str, kms_key: str | None = None) -> None:
    """Put a file at an address.

    :raises ServiceError: there is no such bucket
    """
    bucket, key = _split(uri)
    extra = {} if kms_key is None else {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key}
    with _explained(f"s3://{bucket}/{key} cannot be written"):
        client(aws, "s3", region).upload_file(str(path), bucket, key, ExtraArgs=extra)


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn a client's error into the failure reason of a job."""
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import ClientError

    try:
        yield
    except (ClientError, S3UploadFailedError) as error:
        raise ServiceError("ClientError", f"{what}: {error}") from error


def _keys(s3: Any, uri: str) -> Iterator[tuple[str, str]]:
    """Keys at or below an address with their names below it; marker objects of consoles are no data."""
    bucket, prefix = _split(uri)
    base = prefix.rstrip("/")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    try:
        for page in pages:
            for found in page.get("Contents", ()):
                key = found["Key"]
                if key.endswith("/"):
                    continue
                if key == prefix:
                    yield key, key.rsplit("/", 1)[-1]
                elif not base or key.startswith(f"{base}/"):
                    yield key, key[len(base) :].lstrip("/")
    except s3.exceptions.NoSuchBucket:
        return


def _of_manifest(s3: Any, one: ProcessingInput) -> list[tuple[str, str, str]]:
    bucket, key = _split(one.uri)
    try:
        entries = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        root = entries[0]["prefix"]
        names = [str(name) for name in entries[1:]]
    except (s3.exceptions.NoSuchKey, s3.exceptions.NoSuchBucket):
        raise _nothing("", one.uri) from None
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise _unable(one, 'a manifest that is not [{"prefix": "s3://…"}, "name", …]') from error
    there, prefix = _split(root)
    return [(there, f"{prefix}{name}", name) for name in names]


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.split("://", 1)[-1].partition("/")
    return bucket, key


def _nothing(region: str, uri: str) -> ServiceError:
    bucket = _split(uri)[0]
    return ServiceError(
        "ClientError",
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists in '
        f"the selected region ({region}), that objects exist under that S3 prefix, and that the role has "
        f'"s3:ListBucket" permissions on bucket "{bucket}".',
    )


def _unable(one: ProcessingInput, what: str) -> ServiceError:
    return ServiceError("ClientError", f"Input {one.name!r}: the local SageMaker cannot read {what}.")
