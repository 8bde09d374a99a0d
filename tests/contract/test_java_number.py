"""Doubles as Java up to 18 prints them: a literal table, the fast path against the slow one, and Java itself."""

from __future__ import annotations

import random
import re
import shutil
import struct
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.contract import java_number
from airflow_model_monitor.contract.java_number import double_to_string, doubles_to_strings

# What Java 17 prints, or what stands in files of real jobs.
TABLE = {
    0.0: "0.0",
    1.0: "1.0",
    -1.5: "-1.5",
    0.1: "0.1",
    0.001: "0.001",
    0.00099: "9.9E-4",
    0.00632: "0.00632",
    100.0: "100.0",
    2333.0: "2333.0",
    9999999.0: "9999999.0",
    1e7: "1.0E7",
    12345678.9: "1.23456789E7",
    1.4402689218907343e10: "1.4402689218907343E10",
    1e-5: "1.0E-5",
    -1.015414375245038e-16: "-1.015414375245038E-16",
    1.0000000000000002: "1.0000000000000002",
    0.9293200129316993: "0.9293200129316993",
    99.64592817400101: "99.64592817400101",
    9007199254740993.0: "9.007199254740992E15",
    2.0**62: "4.6116860184273879E18",
    2.0**-44: "5.6843418860808015E-14",
    8.41e21: "8.409999999999999E21",
    1e23: "9.999999999999999E22",
    2e23: "1.9999999999999998E23",
    2.0e25: "2.0E25",
    3.0617315596860196e25: "3.0617315596860195E25",
    2.2250738585072014e-308: "2.2250738585072014E-308",
    1.7976931348623157e308: "1.7976931348623157E308",
    5e-324: "4.9E-324",
    float("inf"): "Infinity",
    float("-inf"): "-Infinity",
}
PROGRAM = """
import java.io.*;
public class Digits {
    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        StringBuilder out = new StringBuilder();
        for (String line; (line = in.readLine()) != null; )
            out.append(Double.toString(Double.longBitsToDouble(Long.parseUnsignedLong(line, 16)))).append('\\n');
        System.out.print(out);
    }
}
"""


def from_bits(bits: int) -> float:
    (value,) = struct.unpack(">d", struct.pack(">Q", bits))
    return float(value)


def beside(value: float, steps: int) -> float:
    (bits,) = struct.unpack(">Q", struct.pack(">d", value))
    return from_bits(bits + steps)


@pytest.mark.parametrize(("value", "expected"), TABLE.items(), ids=TABLE.values())
def test_literal_table(value: float, expected: str) -> None:
    assert double_to_string(value) == expected


def test_negative_zero_and_nan() -> None:
    assert doubles_to_strings([-0.0, float("nan")]) == ["-0.0", "NaN"]


def test_numpy_values_print_like_python_ones() -> None:
    numpy = pytest.importorskip("numpy")
    assert doubles_to_strings(numpy.array([0.5, 1e10])) == ["0.5", "1.0E10"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_text_reads_back_as_the_same_double(value: float) -> None:
    assert float(double_to_string(value)) == value


@given(st.floats(min_value=5e-324, allow_infinity=False))
def test_fast_path_equals_digit_generation(value: float) -> None:
    assert double_to_string(value) == java_number._slowly(value)


def test_a_sketch_of_a_hundred_thousand_numbers_is_quick() -> None:
    source = random.Random(1)
    values = [source.gauss(0.0, 1000.0) for _ in range(100_000)]
    start = time.process_time()
    doubles_to_strings(values)
    assert time.process_time() - start < 1.0  # it takes 0.06 s; the bound only catches the slow path taken for all


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that turns hexadecimal bits on its input into decimal text."""
    command = shutil.which("java")
    if command is None:
        pytest.skip("java is not installed; install the package default-jdk-headless")
    version = subprocess.run([command, "-version"], capture_output=True, text=True, check=True).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', version)
    if found is None or int(found.group(1)) > 18:
        pytest.skip("this java prints doubles in the newer way; install openjdk-17-jdk-headless to compare")
    source: Path = tmp_path_factory.mktemp("java") / "Digits.java"
    source.write_text(PROGRAM)
    return [command, str(source)]


def peculiar_doubles(source: random.Random) -> list[float]:
    values = [2.0**exponent for exponent in range(-1074, 1024)]
    values += [beside(2.0**exponent, steps) for exponent in range(-1022, 1024) for steps in (-2, -1, 1, 2)]
    values += [10.0**exponent for exponent in range(-323, 309)]
    values += [float(f"{digit}e{exponent}") for digit in range(2, 10) for exponent in range(-323, 308)]
    for _ in range(20_000):
        values += [
            from_bits(source.getrandbits(64)),
            from_bits(source.getrandbits(source.randrange(1, 53))),  # subnormal
            float(source.randrange(2**53, 2**63)),
            float(source.getrandbits(source.randrange(1, 70))),
            source.getrandbits(source.randrange(1, 54)) * 2.0 ** source.randrange(-70, 90),
            float(f"{source.randrange(1, 10 ** source.randrange(1, 18))}e{source.randrange(-30, 40)}"),
            source.uniform(2e25, 3.9e25),
            source.choice((-1, 1)) * source.random() * 10.0 ** source.uniform(-8, 18),
            round(source.gauss(0.0, 100.0), source.randrange(0, 12)),
        ]
    return values


def test_java_prints_the_same(java: list[str]) -> None:
    values = peculiar_doubles(random.Random(20130624))
    bits = "\n".join(struct.pack(">d", value).hex() for value in values)
    printed = subprocess.run(java, input=bits, capture_output=True, text=True, check=True).stdout.split()
    different = [
        (value, expected)
        for value, expected, text in zip(values, printed, doubles_to_strings(values), strict=True)
        if text != expected
    ]
    assert different == []
