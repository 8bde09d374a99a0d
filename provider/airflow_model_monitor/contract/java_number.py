"""Doubles as text, exactly as Java prints them up to release 18 (``Double.toString`` before JDK-4511638 was mended).

Those releases generate digits by the free-format method of Steele and White (1990), with habits of their own that later
releases dropped: 2.0E23 prints as 1.9999999999999998E23, and 2**-44 gets one digit too many. The files of the original
were written by such a Java. From its published behaviour, three habits matter:

* Integers below 2**63 are not generated but printed in full, rounded where a double cannot hold the last digits.
* Digits stop as soon as the rest is *strictly* less than half the gap to the neighbouring doubles; with operands beyond
  64 bits the upper side, oddly, stops at equality as well. For powers of two a quarter of the gap above counts on both
  sides. Within 64 bits sums overflow, which shifts the last digit of doubles between 2.0E25 and 3.9E25.
* In the notation with an exponent at least two digits are generated before stopping.

Fast path: Python's ``repr`` yields the same digits for all doubles but these: subnormals, powers of two below 1E-6, and
everything from 2**53 to 1E40. No decimal of up to 17 digits lies exactly between two neighbouring doubles outside that
range (its odd part would need 54 bits times a power of five), so strict and inclusive bounds agree; both methods then
stop at the shortest length that identifies the double and take the nearest decimal of that length, the even digit at a
tie. Where Java goes on to a second digit it gets a zero, since decimals of two digits are much further apart than
doubles. Powers of two from 1E-6 to 2**52 are decimals of at most 16 digits and hit exactly. Overflow changes nothing
there: where it happens, both bounds are reached anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, frexp, inf, isfinite, isnan
from typing import Final

_TWO_53: Final = 2.0**53
_SMALLEST_NORMAL: Final = 2.0**-1022
_MANTISSA_BITS: Final = 53
_LARGEST_PLAIN_EXPONENT: Final = 62  # of an integer that fits a Java long
_WORDS: Final = (32, 64)  # bits of the machine words Java computes in while operands fit; beyond them in big integers

# log10(x) is at most its tangent at 1.5, so the estimate of the decimal exponent is right or one too high.
_TANGENT_SLOPE: Final = 0.289529654
_TANGENT_HEIGHT: Final = 0.176091259
_LOG10_OF_2: Final = 0.301029995663981


def double_to_string(x: float) -> str:
    """``x`` as ``Double.toString`` prints it in Java 18 and earlier: ``100.0``, ``1.0E7``, ``NaN``, ``-Infinity``."""
    return doubles_to_strings((x,))[0]


def doubles_to_strings(values: Iterable[float]) -> list[str]:
    """:func:`double_to_string` of each value, at about a microsecond each."""
    # Java and Python write [1e-3, 1e7) the same way once the digits agree.
    return [repr(x) if 1e-3 <= x < 1e7 or -1e7 < x <= -1e-3 else _unusual(x) for x in map(float, values)]


def _unusual(x: float) -> str:
    if x == 0.0:
        return repr(x)
    magnitude = abs(x)
    if magnitude < _TWO_53:
        if magnitude >= _SMALLEST_NORMAL and (magnitude > 1e-6 or frexp(magnitude)[0] != 0.5):
            return _with_java_exponent(repr(x))
    elif 1e40 <= magnitude < inf and frexp(magnitude)[0] != 0.5:
        return _with_java_exponent(repr(x))
    return _slowly(x)


def _with_java_exponent(text: str) -> str:
    """A ``repr`` from outside [1e-3, 1e7) in Java's notation, which has an exponent there."""
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"
    sign, text = ("-", text[1:]) if text[0] == "-" else ("", text)
    whole, fraction = text.split(".")
    if whole == "0":  # 0.000123: Python takes exponents only from 1e-5 down
        return f"{sign}{fraction[3]}.{fraction[4:] or '0'}E-4"
    digits = whole.rstrip("0") if fraction == "0" else whole + fraction
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{len(whole) - 1}"


def _slowly(x: float) -> str:
    if isnan(x):
        return "NaN"
    sign = "-" if x < 0.0 else ""
    if not isfinite(x):
        return sign + "Infinity"
    digits, point = _digits(abs(x))
    return sign + _laid_out(digits, point)


def _laid_out(digits: str, point: int) -> str:
    """``0.digits * 10**point`` in Java's notation: plain from 1e-3 to below 1e7, else one digit before the point."""
    if 0 < point < 8:
        return f"{digits[:point].ljust(point, '0')}.{digits[point:] or '0'}"
    if -3 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    return f"{digits[0]}.{digits[1:] or '0'}E{point - 1}"


def _digits(x: float) -> tuple[str, int]:
    """Digits of a positive finite double, and where the decimal point stands before them."""
    fraction, exponent = frexp(x)
    binary_exponent = exponent - 1  # x = 1.f * 2**binary_exponent
    significand = int(fraction * _TWO_53)
    # A subnormal has fewer significant bits, and the gap to its neighbours is wider accordingly.
    significant_bits = _MANTISSA_BITS if x >= _SMALLEST_NORMAL else binary_exponent + 1075
    odd = significand // (significand & -significand)
    odd_bits = odd.bit_length()
    bits_behind_point = max(0, odd_bits - binary_exponent - 1)
    if bits_behind_point == 0 and binary_exponent <= _LARGEST_PLAIN_EXPONENT:
        return _integer_digits(int(x), binary_exponent - significant_bits - 1)
    return _free_format_digits(odd, binary_exponent, significant_bits)


def _integer_digits(value: int, unknown_bits: int) -> tuple[str, int]:
    unknown_digits = len(str(1 << unknown_bits)) - 1 if unknown_bits > 1 else 0
    if unknown_digits:
        ten = 10**unknown_digits
        value, rest = divmod(value, ten)
        value += rest >= ten // 2
    text = str(value)
    return text.rstrip("0"), len(text) + unknown_digits


def _free_format_digits(odd: int, binary_exponent: int, significant_bits: int) -> tuple[str, int]:
    odd_bits = odd.bit_length()
    mantissa = odd / (1 << (odd_bits - 1))  # in [1, 2)
    decimal_exponent = floor((mantissa - 1.5) * _TANGENT_SLOPE + _TANGENT_HEIGHT + binary_exponent * _LOG10_OF_2)
    # x = rest / scale * 10**decimal_exponent; half_gap is half the distance to the next double in the same units.
    bits_behind_point = max(0, odd_bits - binary_exponent - 1)
    rest_fives = half_gap_fives = max(0, -decimal_exponent)
    scale_fives = max(0, decimal_exponent)
    rest_twos = rest_fives + bits_behind_point + binary_exponent
    scale_twos = scale_fives + bits_behind_point
    half_gap_twos = rest_twos - significant_bits
    rest_twos -= odd_bits - 1
    common = min(rest_twos, scale_twos)
    rest_twos, scale_twos, half_gap_twos = rest_twos - common, scale_twos - common, half_gap_twos - common
    if odd == 1:
        half_gap_twos -= 1  # the gap below a power of two is half the gap above
    if half_gap_twos < 0:
        rest_twos, scale_twos, half_gap_twos = rest_twos - half_gap_twos, scale_twos - half_gap_twos, 0

    rest = (odd * 5**rest_fives) << rest_twos
    scale = 5**scale_fives << scale_twos
    half_gap = 5**half_gap_fives << half_gap_twos
    ten_scales = 10 * scale
    operand_bits = max(
        odd_bits + rest_twos + _bits_of_five_to(rest_fives), scale_twos + 1 + _bits_of_five_to(scale_fives + 1)
    )
    word = next((bits for bits in _WORDS if operand_bits < bits), None)

    digits: list[int] = []
    low = high = False
    first = True
    while first or not (low or high):
        digit, rest = divmod(rest, scale)
        rest *= 10
        half_gap *= 10
        if word is None:
            low, high = rest < half_gap, rest + half_gap >= ten_scales
        else:
            half_gap = _wrapped(half_gap, word)
            low, high = rest < half_gap, _wrapped(rest + half_gap, word) > ten_scales
            if half_gap <= 0:
                low = high = True
        if first:
            first = False
            if digit == 0 and not high:
                decimal_exponent -= 1  # the estimate was one too high
            else:
                digits.append(digit)
            if not -3 <= decimal_exponent < 8:
                low = high = False
        else:
            digits.append(digit)
    if high and (not low or 2 * rest > ten_scales or (2 * rest == ten_scales and digits[-1] % 2 == 1)):
        return _rounded_up(digits, decimal_exponent + 1)
    return "".join(map(str, digits)), decimal_exponent + 1


def _wrapped(value: int, bits: int) -> int:
    """``value`` in a signed machine word, overflow included."""
    half = 1 << (bits - 1)
    return (value + half) % (2 * half) - half


def _bits_of_five_to(power: int) -> int:
    # Java looks small powers up and overestimates the others, which puts those into big integers.
    return (5**power).bit_length() if power <= 26 else 3 * power


def _rounded_up(digits: list[int], point: int) -> tuple[str, int]:
    value = str(int("".join(map(str, digits))) + 1)
    if len(value) > len(digits):
        # All nines: Java keeps the length and writes a one followed by zeros.
        return value[: len(digits)], point + 1
    return value.rjust(len(digits), "0"), point
