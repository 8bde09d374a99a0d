from __future__ import annotations

import io

from airflow_model_monitor.jobs.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def shown(stream: io.StringIO, rows: list[int], seconds: float) -> str:
    clock = Clock()
    with Progress(stream, clock=clock) as progress:
        for number in rows:
            clock.now += seconds
            progress(number)
    return stream.getvalue()


def test_plain_lines_are_rare() -> None:
    assert shown(io.StringIO(), [1000, 2000, 3000], 6.0) == (
        "2,000 rows · 167/s · 12.0 s\n3,000 rows read in 18.0 s\n"  # at 12 s; the next would be due at 22 s
    )


def test_a_terminal_redraws_one_line() -> None:
    text = shown(Terminal(), [65536, 131072], 0.5)
    assert text.split("\r\x1b[2K") == [
        "",
        "⠙ 65,536 rows · 131,072/s · 0.5 s",
        "⠹ 131,072 rows · 131,072/s · 1.0 s",
        "131,072 rows read in 1.0 s\n",
    ]


def test_minutes() -> None:
    assert "7 rows · 0/s · 2:05 min" in shown(io.StringIO(), [7], 125.0)


def test_a_known_total_tells_how_much_is_done_and_how_long_the_rest_takes() -> None:
    clock, stream = Clock(), Terminal()
    with Progress(stream, "predictions", total=71_509, done="made", clock=clock) as progress:
        clock.now = 20.0
        progress(20_000)
    assert stream.getvalue().split("\r\x1b[2K")[1:] == [
        "⠙ 20,000 of 71,509 predictions (28%) · 1,000/s · 20.0 s · 51.5 s left",
        "20,000 predictions made in 20.0 s\n",
    ]


def test_a_failed_job_claims_no_end() -> None:
    stream = io.StringIO()
    try:
        with Progress(stream):
            raise RuntimeError
    except RuntimeError:
        pass
    assert stream.getvalue() == ""
