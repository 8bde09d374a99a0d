from __future__ import annotations

from airflow_model_monitor.analysis.column_pairing import pair_columns

FEATURES = ["delay", "origin", "late"]


def test_original_goes_by_position_even_when_names_say_otherwise():
    pairing = pair_columns(["late", "delay", "origin"], FEATURES, named=True, compatibility="sagemaker")

    assert (pairing.names, pairing.columns) == (("delay", "origin", "late"), (0, 1, 2))


def test_corrected_goes_by_name_when_the_data_has_names():
    pairing = pair_columns(["late", "delay", "origin"], FEATURES, named=True, compatibility="corrected")

    assert (pairing.names, pairing.columns) == (("late", "delay", "origin"), (1, 2, 0))
    assert pairing.complete


def test_corrected_goes_by_position_for_columns_without_names():
    pairing = pair_columns(["_c0", "_c1", "_c2"], FEATURES, named=False, compatibility="corrected")

    assert (pairing.names, pairing.complete) == (tuple(FEATURES), True)


def test_corrected_goes_by_position_for_names_the_baseline_never_heard_of():
    padded = [str(index).zfill(20) for index in range(3)]

    pairing = pair_columns(padded, FEATURES, named=True, compatibility="corrected")

    assert (pairing.names, pairing.complete) == (tuple(FEATURES), True)


def test_keys_sorted_as_text_find_their_numbers_again_when_corrected():
    # A preprocessor's dictionary arrives sorted: _c10 before _c2.
    features = [f"_c{index}" for index in range(12)]
    arrived = sorted(features)

    original = pair_columns(arrived, features, named=True, compatibility="sagemaker")
    corrected = pair_columns(arrived, features, named=True, compatibility="corrected")

    assert arrived[original.columns[2]] == "_c10"
    assert arrived[corrected.columns[2]] == "_c2"


def test_missing_and_extra_columns_are_named():
    pairing = pair_columns(["late", "wind", "delay"], FEATURES, named=True, compatibility="corrected")

    assert (pairing.missing, pairing.extra, pairing.columns) == (("origin",), ("wind",), (2, None, 0))


def test_by_position_the_last_ones_are_missing_or_extra():
    fewer = pair_columns(["_c0"], FEATURES, named=False, compatibility="corrected")
    more = pair_columns(["_c0", "_c1", "_c2", "_c3"], FEATURES, named=False, compatibility="corrected")

    assert (fewer.names, fewer.columns, fewer.missing) == (("delay",), (0, None, None), ("origin", "late"))
    assert (more.names, more.extra) == (("delay", "origin", "late", "_c3"), ("_c3",))


def test_of_two_columns_with_one_name_the_second_is_extra():
    pairing = pair_columns(["a", "a"], ["a"], named=True, compatibility="corrected")

    assert (pairing.columns, pairing.extra) == ((0,), ("a",))
