"""Array hashing against the xxhash package and published values."""

from __future__ import annotations

import numpy as np
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_model_monitor.analysis.text_buffers import TextBuffers
from airflow_model_monitor.analysis.xxhash64 import hash_bytes, hash_texts, hash_words


def buffers(texts: list[bytes]) -> TextBuffers:
    data = np.frombuffer(b"".join(texts), np.uint8)
    return TextBuffers(np.cumsum([0, *map(len, texts)], dtype=np.int64), data)


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.binary(max_size=90), max_size=20), copies=st.sampled_from([1, 60]))
def test_texts_of_every_length(texts: list[bytes], copies: int) -> None:
    texts = texts * copies
    result = hash_texts(buffers(texts)).tolist()

    assert result == [xxhash.xxh64_intdigest(text, 42) for text in texts]


def test_every_length_side_by_side() -> None:
    texts = [bytes((7 * row + i) % 256 for i in range(length)) for length in range(130) for row in range(50)]

    assert hash_texts(buffers(texts)).tolist() == [hash_bytes(text) for text in texts]


def test_words_are_hashed_as_their_eight_bytes() -> None:
    words = np.random.default_rng(0).integers(0, 2**63, 1000).astype(np.uint64)

    assert hash_words(words).tolist() == [xxhash.xxh64_intdigest(word.tobytes(), 42) for word in words]


def test_texts_of_one_length_only() -> None:
    texts = [bytes((row * i) % 256 for i in range(36)) for row in range(100)]

    assert hash_texts(buffers(texts)).tolist() == [hash_bytes(text) for text in texts]
