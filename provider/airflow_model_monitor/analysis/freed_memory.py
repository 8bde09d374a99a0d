"""Keeping freed memory at hand while arrays come and go."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

# mallopt(3): parameters, and their defaults.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_DEFAULT: Final = 128 << 10
_KEPT: Final = 64 << 20
# Larger blocks than this glibc always maps: its own upper limit.
_MAPPED: Final = 32 << 20


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Let the C library keep up to 64 MB of freed memory instead of handing it back at once.

    A profile makes and drops temporary arrays of half a megabyte by the thousand. glibc maps each from the system anew
    and the system clears its pages: half of a profile's time, measured. Speed is all it changes; elsewhere than on
    glibc it does nothing. At the end the memory is handed back and the defaults are set again.
    """
    mallopt = _mallopt()
    if mallopt is None:
        yield
        return
    mallopt(_M_MMAP_THRESHOLD, _MAPPED)
    mallopt(_M_TRIM_THRESHOLD, _KEPT)
    try:
        yield
    finally:
        mallopt(_M_MMAP_THRESHOLD, _DEFAULT)
        mallopt(_M_TRIM_THRESHOLD, _DEFAULT)
        ctypes.CDLL(None).malloc_trim(0)


@lru_cache(maxsize=1)
def _mallopt() -> Callable[[int, int], int] | None:
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018  (musl and others have a mallopt that means nothing, or none)
        return library.mallopt
    except (OSError, AttributeError, TypeError):
        return None
