"""Schedule expressions: what SageMaker knows, when it is due, and what is told about all others."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.service.cron_expression import CronExpression
from airflow_model_monitor.service.monitor_kind import KINDS, MonitoringType
from airflow_model_monitor.service.run_time_cap import check_run_time, run_time_cap
from airflow_model_monitor.service.schedule_config import ScheduleConfig, check_schedule_config
from airflow_model_monitor.service.windows import Window

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
RECURRING = st.one_of(
    st.just(CronExpression.hourly()),
    st.builds(CronExpression.daily, st.integers(0, 23)),
    st.builds(CronExpression.daily_every_x_hours, st.integers(1, 24), st.integers(0, 23)),
)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("made", "text", "hours"),
    [
        (CronExpression.hourly(), "cron(0 * ? * * *)", tuple(range(24))),
        (CronExpression.daily(), "cron(0 0 ? * * *)", (0,)),
        (CronExpression.daily(12), "cron(0 12 ? * * *)", (12,)),
        (CronExpression.daily_every_x_hours(12, 17), "cron(0 17/12 ? * * *)", (17,)),
        (CronExpression.daily_every_x_hours(2), "cron(0 0/2 ? * * *)", tuple(range(0, 24, 2))),
        (CronExpression.daily_every_x_hours(10), "cron(0 0/10 ? * * *)", (0, 10, 20)),
        (CronExpression.now(), "NOW", ()),
    ],
)
def test_the_documented_forms(made: CronExpression, text: str, hours: tuple[int, ...]) -> None:
    assert made == CronExpression(text)
    assert (made.text, made.hours, made.is_now) == (text, hours, not hours)


@pytest.mark.parametrize("text", ["cron(0 00 ? * * *)", "cron(0 07/06 ? * * *)", "cron(0 23/24 ? * * *)"])
def test_leading_zeros_are_sent_as_they_are(text: str) -> None:
    assert CronExpression(text).text == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("0 * * * *", r"did you mean 'cron\(0 \* \? \* \* \*\)'\?"),
        ("cron(0 */6 ? * * *)", r"did you mean 'cron\(0 0/6 \? \* \* \*\)'\?"),
        ("cron(0 2 * * ? *)", r"did you mean 'cron\(0 2 \? \* \* \*\)'\?"),
        ("30 * * * *", "executions start on whole hours: the first field is 0"),
        ("cron(15 3 ? * * *)", "executions start on whole hours"),
        ("now", "write 'NOW'"),
        ("cron(0 24 ? * * *)", "hour H .00 to 23."),
        ("cron(0 0/25 ? * * *)", "N .01 to 24."),
        ("cron(0 0/0 ? * * *)", "N .01 to 24."),
        ("cron(0 2 ? * 1 *)", "'NOW' once$"),
        ("rate(1 hour)", "'NOW' once$"),
        ("", "'NOW' once$"),
    ],
)
def test_others_are_refused_with_the_cure(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=r"schedule_expression: .* is none that SageMaker knows; .*" + hint):
        CronExpression(text)


@given(st.text(max_size=30).filter(lambda text: text != "NOW" and not text.startswith("cron(0")))
def test_whatever_else_is_written_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"schedule_expression: {text!r} is none that SageMaker knows")):
        CronExpression(text)


@pytest.mark.parametrize(("hour", "interval"), [(24, 1), (-1, 1), (0, 0), (0, 25), (True, 1), (1.0, 1)])
def test_hours_that_are_none(hour: int, interval: int) -> None:
    with pytest.raises(ValueError, match=r"(starting_hour|hour_interval): .*; allowed are whole numbers from"):
        CronExpression.daily_every_x_hours(interval, hour)


@given(RECURRING, MOMENTS)
def test_due_times_surround_every_moment(cron: CronExpression, moment: datetime) -> None:
    before, after = cron.last_before(moment), cron.next_after(moment)
    assert before < moment < after
    assert cron.is_due(before)
    assert cron.is_due(after)
    between = Window(before, after)
    assert set(cron.due_in(between)) == ({moment, after} if cron.is_due(moment) else {after})


@given(RECURRING, MOMENTS, st.lists(st.integers(1, 5000), min_size=1, max_size=8))
def test_however_time_is_cut_each_execution_is_due_once(
    cron: CronExpression, start: datetime, minutes: list[int]
) -> None:
    ends = [start + timedelta(minutes=sum(minutes[: i + 1])) for i in range(len(minutes))]
    pieces = [Window(a, b) for a, b in zip([start, *ends], ends, strict=False)]
    assert [due for piece in pieces for due in cron.due_in(piece)] == list(cron.due_in(Window(start, ends[-1])))


def test_hours_are_those_of_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    cron = CronExpression.daily(3)
    assert cron.is_due(datetime(2026, 1, 2, 12, tzinfo=tokyo))
    assert not cron.is_due(datetime(2026, 1, 2, 3, tzinfo=tokyo))
    assert cron.next_after(datetime(2026, 1, 2, 12, tzinfo=tokyo)) == datetime(2026, 1, 3, 3, tzinfo=UTC)


def test_now_is_never_due_again() -> None:
    moment = datetime(2026, 1, 2, 3, tzinfo=UTC)
    assert CronExpression.now().due_in(Window(moment, moment + 48 * HOUR)) == ()
    with pytest.raises(ValueError, match="'NOW' is due once"):
        CronExpression.now().next_after(moment)


@pytest.mark.parametrize(
    "config",
    [
        ScheduleConfig("cron(0 * ? * * *)"),
        ScheduleConfig("cron(0 0 ? * * *)", "-P1D", "-PT0H"),
        ScheduleConfig("NOW", "-PT24H", "-PT0H"),
        ScheduleConfig("NOW", "-P8D", "-P7D"),
    ],
)
def test_timings_that_are_accepted(config: ScheduleConfig) -> None:
    check_schedule_config(config)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (ScheduleConfig("NOW"), "data_analysis_start_time: None; schedule_expression 'NOW' needs both ends"),
        (ScheduleConfig("NOW", "-PT3H"), "data_analysis_end_time: None; schedule_expression 'NOW' needs both"),
        (ScheduleConfig("cron(0 * ? * * *)", "-PT3H"), "the window needs both ends, or neither"),
        (ScheduleConfig("NOW", "-PT25H", "-PT0H"), "lies P1DT1H after .*; allowed are up to 24 hours"),
        (ScheduleConfig("NOW", "-PT1H", "-PT1H"), "so the window is empty"),
        (ScheduleConfig("NOW", "-PT1H", "-PT2H"), "data_analysis_end_time: '-PT2H' does not lie after"),
        (ScheduleConfig("NOW", "PT1H", "PT2H"), "data_analysis_start_time: 'PT1H' lies after .*write '-PT1H'"),
        (ScheduleConfig("NOW", "-3H", "-PT0H"), "data_analysis_start_time: '-3H' is not an offset"),
        (ScheduleConfig("hourly"), "schedule_expression: 'hourly'"),
    ],
)
def test_timings_that_are_refused(config: ScheduleConfig, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_schedule_config(config)


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_window_is_accepted_when_it_is_of_the_past_and_of_a_day_at_most(start: int, end: int) -> None:
    config = ScheduleConfig("NOW", f"-PT{start}H", f"-PT{end}H")
    if 0 < start - end <= 24:
        check_schedule_config(config)
    else:
        with pytest.raises(ValueError, match="data_analysis_end_time"):
            check_schedule_config(config)


@pytest.mark.parametrize(
    ("monitoring_type", "expression", "cap"),
    [
        ("DataQuality", "cron(0 * ? * * *)", 3600),
        ("ModelExplainability", "cron(0 5/1 ? * * *)", 3600),
        ("ModelQuality", "cron(0 * ? * * *)", 1800),
        ("ModelBias", "cron(0 0/1 ? * * *)", 1800),
        ("ModelBias", "cron(0 0/6 ? * * *)", 21_600),
        ("DataQuality", "cron(0 0/6 ? * * *)", 21_600),
        ("ModelQuality", "cron(0 12 ? * * *)", 86_400),
        ("ModelQuality", "NOW", 86_400),
        ("DataQuality", None, 86_400),
    ],
)
def test_how_long_a_job_may_run(monitoring_type: MonitoringType, expression: str | None, cap: int) -> None:
    kind = KINDS[monitoring_type]
    timing = None if expression is None else ScheduleConfig(expression)
    assert run_time_cap(kind, timing) == cap
    check_run_time(cap, kind, timing)
    check_run_time(None, kind, timing)
    with pytest.raises(ValueError, match=rf"max_runtime_in_seconds: {cap + 1}; allowed are 1 to {cap} with"):
        check_run_time(cap + 1, kind, timing)
