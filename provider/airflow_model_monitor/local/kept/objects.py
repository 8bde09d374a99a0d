"""Buckets and objects. Of moto: ``s3_backends`` and the dictionary of a bucket's keys,
``moto.s3.models._VersionedKeyStore``, which is replaced by one that notes which keys were changed.

An object's content is moved from moto's memory into a file of its own, which moto reads from then on.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any, Final

from airflow_model_monitor.local.journal import Journal
from airflow_model_monitor.local.kept.difference import Difference
from airflow_model_monitor.local.kept.object_document import (
    bucket_document,
    files_of,
    restore_bucket,
    restored_version,
    version_document,
)
from airflow_model_monitor.local.kept.object_file import object_path, remove_others

_READING: Final = 30.0
"""Seconds in which a request that began to read an object has read it."""


class Objects:
    """All buckets of all accounts, with their objects.

    :param folder: of the contents
    """

    def __init__(self, journal: Journal, folder: Path) -> None:
        self._folder = folder
        self._buckets = Difference(journal, "s3-buckets")
        self._objects = Difference(journal, "s3-objects")
        self._noted: set[tuple[int, str]] = set()
        self._unneeded: list[tuple[float, str]] = []
        self._lock = threading.Lock()
        self._before: Any = None

    def watch(self) -> None:
        """Note from now on which keys of which buckets are changed."""
        from moto.s3 import models

        note = self._note
        self._before = before = models._VersionedKeyStore

        class NotingKeyStore(before):  # type: ignore[misc, valid-type]
            def __setitem__(self, key: str, value: Any) -> None:
                super().__setitem__(key, value)
                note(self, key)

            def setlist(self, key: Any, list_: Any) -> None:
                super().setlist(key, list_)
                note(self, key)

            def pop(self, key: str) -> None:
                super().pop(key)
                note(self, key)

        models._VersionedKeyStore = NotingKeyStore

    def unwatch(self) -> None:
        """Give moto its own dictionary back."""
        if self._before is not None:
            from moto.s3 import models

            models._VersionedKeyStore = self._before
            self._before = None

    def note(self, bucket: str, key: str) -> None:
        """A request was about this object: its metadata or tags may be others."""
        found = _bucket(bucket)
        if found is not None and key in found.keys:
            self._note(found.keys, key)

    def keep(self) -> None:
        """Bring the journal to what there is."""
        with self._lock:
            noted, self._noted = self._noted, set()
        buckets = {bucket.name: bucket for bucket in _all_buckets()}
        gone = self._buckets.bring({name: bucket_document(bucket) for name, bucket in buckets.items()})
        for place, _ in self._objects.items() if gone else ():
            if place.partition("/")[0] in gone:
                self._put(place, None)
        stores = {id(bucket.keys): bucket for bucket in buckets.values()}
        for store, key in sorted(noted):
            if (bucket := stores.get(store)) is not None:
                self._keep_object(bucket, key)
        self._remove_unneeded()

    def restore(self) -> None:
        """Make the buckets and objects that were kept, and remove files nobody names."""
        files: set[str] = set()
        buckets = {name: restore_bucket(name, kept) for name, kept in self._buckets.items()}
        for place, kept in self._objects.items():
            name, _, key = place.partition("/")
            if name in buckets:
                bucket = buckets[name]
                versions = [restored_version(bucket, key, one, self._folder) for one in kept["versions"]]
                bucket.keys.setlist(key, versions)
                files |= files_of(kept)
        with self._lock:
            self._noted.clear()
        remove_others(self._folder, files)

    def _keep_object(self, bucket: Any, key: str) -> None:
        versions = bucket.keys.getlist(key, [])
        try:
            shown = [version_document(bucket, one, self._folder) for one in versions]
        except ValueError:
            # Overwritten by another request meanwhile, which has closed the content; it is kept after that one.
            if not any(getattr(one, "disposed", False) for one in versions):
                raise
            self._note(bucket.keys, key)
            return
        self._put(f"{bucket.name}/{key}", {"versions": shown} if shown else None)

    def _note(self, store: Any, key: str) -> None:
        with self._lock:
            self._noted.add((id(store), key))

    def _put(self, place: str, document: Any) -> None:
        """Keep an object; the files it no longer needs are removed later: somebody may be reading them."""
        before = self._objects.get(place)
        self._objects.put(place, document)
        unneeded = (files_of(before) if before else set()) - (files_of(document) if document else set())
        self._unneeded += [(time.monotonic(), name) for name in sorted(unneeded)]

    def _remove_unneeded(self) -> None:
        while self._unneeded and self._unneeded[0][0] < time.monotonic() - _READING:
            _, name = self._unneeded.pop(0)
            object_path(self._folder, name).unlink(missing_ok=True)


def _all_buckets() -> list[Any]:
    from moto.s3.models import s3_backends

    return [
        bucket
        for partitions in list(s3_backends.values())
        for backend in list(partitions.values())
        for bucket in list(backend.buckets.values())
    ]


def _bucket(name: str) -> Any:
    from moto.s3.models import s3_backends

    if name not in s3_backends.bucket_accounts:
        return None
    partition, account = s3_backends.bucket_accounts[name]
    return s3_backends[account][partition].buckets.get(name)
