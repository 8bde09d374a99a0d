"""Buckets and versions of objects as documents, and back. Of moto: the attributes of ``FakeBucket``, ``FakeKey`` and
``FakeDeleteMarker`` named below, and the backend's ``tagger``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from airflow_model_monitor.local.kept.object_file import ObjectFile, object_path, write_object

_BUCKET: Final = (
    *("versioning_status", "encryption", "object_lock_enabled", "default_lock_mode", "default_lock_days"),
    *("default_lock_years", "ownership_rule", "payer", "accelerate_configuration"),
)
_KEY: Final = (
    *("account_id", "region_name", "contentsize", "website_redirect_location", "encryption", "kms_key_id"),
    *("bucket_key_enabled", "lock_mode", "lock_legal_status", "lock_until"),
    *("checksum_algorithm", "checksum_value", "checksum_type", "checksum_parts"),
    *("_storage_class", "_etag", "_version_id", "_is_versioned"),
)
_FILE: Final = "_kept_file"
"""Attribute of a key whose content is in a file: the file's name."""


def bucket_document(bucket: Any) -> dict[str, Any]:
    """A bucket without its objects."""
    return {
        "account": bucket.account_id,
        "region": bucket.region_name,
        "created": bucket.creation_date.isoformat(),
        "policy": None if bucket.policy is None else bucket.policy.decode(),
        "tags": _tagger(bucket).get_tag_dict_for_resource(bucket.arn),
        "settings": {name: getattr(bucket, name) for name in _BUCKET},
    }


def restore_bucket(name: str, kept: Mapping[str, Any]) -> Any:
    """Make a bucket that was kept."""
    from moto.s3.models import FakeBucket, s3_backends

    bucket = FakeBucket(name=name, account_id=kept["account"], region_name=kept["region"])
    bucket.creation_date = datetime.fromisoformat(kept["created"])
    bucket.policy = None if kept["policy"] is None else kept["policy"].encode()
    for setting, value in kept["settings"].items():
        setattr(bucket, setting, value)
    s3_backends[kept["account"]][bucket.partition].buckets[name] = bucket
    _tag(bucket, bucket.arn, kept["tags"])
    return bucket


def version_document(bucket: Any, version: Any, folder: Path) -> dict[str, Any]:
    """A version of an object; its content is in a file when this returns, and moto reads it there."""
    from moto.s3.models import FakeDeleteMarker

    if isinstance(version, FakeDeleteMarker):
        return {"deleted": version.last_modified.isoformat(), "version": version.version_id}
    with version.lock:
        if not hasattr(version, _FILE):
            _ = version.etag  # computed from the content, now that it is here
            name = write_object(folder, version._value_buffer)
            version._value_buffer.close()
            version._value_buffer = ObjectFile(object_path(folder, name))
            setattr(version, _FILE, name)
            if version.multipart is not None:
                version.multipart.dispose()
                version.multipart = None
    return {
        "file": getattr(version, _FILE),
        "modified": version.last_modified.isoformat(),
        "metadata": dict(version.metadata),
        "tags": _tagger(bucket).get_tag_dict_for_resource(version.arn),
        "settings": {name: getattr(version, name) for name in _KEY},
    }


def restored_version(bucket: Any, key: str, kept: Mapping[str, Any], folder: Path) -> Any:
    """A version of an object that was kept."""
    from moto.s3.models import FakeDeleteMarker, FakeKey

    settings = kept.get("settings") or {"account_id": bucket.account_id, "region_name": bucket.region_name}
    version = FakeKey(
        name=key,
        value=b"",
        account_id=settings["account_id"],
        region_name=settings["region_name"],
        bucket_name=bucket.name,
    )
    if "deleted" in kept:
        marker = FakeDeleteMarker(version)
        marker.last_modified = datetime.fromisoformat(kept["deleted"])
        marker._version_id = kept["version"]
        version.dispose()
        return marker
    for name, value in settings.items():
        setattr(version, name, value)
    version.last_modified = datetime.fromisoformat(kept["modified"])
    version.set_metadata(dict(kept["metadata"]), replace=False)
    version._value_buffer.close()
    version._value_buffer = ObjectFile(object_path(folder, kept["file"]))  # type: ignore[assignment]
    setattr(version, _FILE, kept["file"])
    _tag(bucket, version.arn, kept["tags"])
    return version


def files_of(document: Mapping[str, Any]) -> set[str]:
    """Names of the files an object's document needs."""
    return {version["file"] for version in document["versions"] if "file" in version}


def _tagger(bucket: Any) -> Any:
    from moto.s3.models import s3_backends

    return s3_backends[bucket.account_id][bucket.partition].tagger


def _tag(bucket: Any, arn: str, tags: Mapping[str, str]) -> None:
    if tags:
        _tagger(bucket).tag_resource(arn, [{"Key": key, "Value": value} for key, value in tags.items()])
