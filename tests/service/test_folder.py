from __future__ import annotations

import errno
from pathlib import Path

import pytest

from airflow_model_monitor.service.folder import Folder


class RefusedError(Exception):
    """What botocore raises: S3's code rides in ``response``."""

    def __init__(self, code: str) -> None:
        self.response = {"Error": {"Code": code}}


def refusing(code: str, times: int) -> object:
    """A ``pipe_file`` that S3 refuses so often, as s3fs tells it."""
    left = [times]

    def pipe_file(key: str, content: bytes, mode: str = "overwrite") -> None:
        if mode == "create" and left[0]:
            left[0] -= 1
            raise OSError(errno.EIO, "the store's own wording") from RefusedError(code)
        written.append((key, content, mode))

    written: list[tuple[str, bytes, str]] = []
    pipe_file.written = written  # type: ignore[attr-defined]
    return pipe_file


@pytest.fixture
def bucket(s3_place) -> Folder:  # type: ignore[no-untyped-def]
    return Folder(*s3_place)


def test_create_lets_one_content_in(place) -> None:  # type: ignore[no-untyped-def]
    folder = Folder(*place)
    assert folder.create("claim", b"one")
    assert not folder.create("claim", b"two")
    assert folder.create("claim", b"one")
    assert folder.read("claim") == b"one"


def test_missing_files(place) -> None:  # type: ignore[no-untyped-def]
    folder = Folder(*place).child("nothing")
    assert (folder.names(), folder.read_if_there("x"), folder.digest("x"), folder.is_there()) == ([], None, None, False)
    folder.delete("x")
    with pytest.raises(FileNotFoundError):
        folder.read("x")


def test_a_child_may_be_called_like_its_folder(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = Folder(*place).child("churn")
    folder.child("churn").create("x", b"")
    assert folder.names() == ["churn"]


def test_nothing_but_the_file_is_left_on_a_local_disk(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path / "a"))
    folder.create("claim", b"one")
    folder.create("claim", b"two")
    (tmp_path / "source").write_text("x")
    folder.upload("file", tmp_path / "source")
    assert folder.names() == ["claim", "file"]


def test_a_store_without_the_error_condition(bucket: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.create("claim", b"one")
    monkeypatch.setattr(bucket._fs, "pipe_file", refusing("PreconditionFailed", 1))
    assert not bucket.create("claim", b"two")


def test_a_conflict_is_tried_again(bucket: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe_file = refusing("ConditionalRequestConflict", 2)
    monkeypatch.setattr(bucket._fs, "pipe_file", pipe_file)
    assert bucket.create("claim", b"one")
    assert [mode for _, _, mode in pipe_file.written] == ["create"]  # type: ignore[attr-defined]


def test_a_store_without_conditional_writes(bucket: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe_file = refusing("NotImplemented", 9)
    monkeypatch.setattr(bucket._fs, "pipe_file", pipe_file)
    assert bucket.create("claim", b"one")
    assert [mode for _, _, mode in pipe_file.written] == ["overwrite"]  # type: ignore[attr-defined]


def test_other_refusals_are_raised(bucket: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket._fs, "pipe_file", refusing("AccessDenied", 9))
    with pytest.raises(OSError, match="the store's own wording"):
        bucket.create("claim", b"one")
