"""The alarms of one account and region: kept, evaluated as time passes, followed by what they are to set off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from airflow_model_monitor.local.cloudwatch import alarm_history, alarm_request
from airflow_model_monitor.local.cloudwatch.alarm import Alarm, AlarmState, Transition
from airflow_model_monitor.local.cloudwatch.alarm_datapoints import datapoints, few_samples, instants, metrics_of
from airflow_model_monitor.local.cloudwatch.alarm_evaluation import STATES, StateValue, judge
from airflow_model_monitor.local.cloudwatch.alarm_reason import (
    composite_put_reason,
    composite_reason,
    composite_reason_data,
    reason,
    reason_data,
)
from airflow_model_monitor.local.cloudwatch.alarm_rule import AlarmRule, parse_alarm_rule
from airflow_model_monitor.local.cloudwatch.metric_store import Metric, MetricStore

_EVERY: Final = timedelta(minutes=1)
"""How often CloudWatch looks at an alarm."""


class UnknownAlarmError(LookupError):
    """There is no alarm of this name."""


class AlarmKeeper(Protocol):
    """Where alarms and their history survive."""

    def together(self) -> AbstractContextManager[None]:
        """What is kept inside is kept as a whole or not at all."""

    def alarm(self, alarm: Alarm, *, gone: bool = False) -> None:
        """Keep an alarm as it is now, or forget it."""

    def history(self, alarm: Alarm, item: Mapping[str, Any]) -> None:
        """Keep an item of an alarm's history."""


class AlarmBook:
    """Alarms by name.

    :param store: the metrics they watch
    :param arn: from a name to an ARN
    :param keeper: is told of every change
    :param act: does one action of a transition; returns None, or why it failed
    :param announce: is told of every transition
    """

    def __init__(
        self,
        store: MetricStore,
        *,
        arn: Callable[[str], str],
        keeper: AlarmKeeper,
        act: Callable[[Transition, str], str | None],
        announce: Callable[[Transition], None],
    ) -> None:
        self._store, self._arn, self._keeper, self._act, self._announce = store, arn, keeper, act, announce
        self._alarms: dict[str, Alarm] = {}
        self._rules: dict[str, AlarmRule] = {}
        self._looked: dict[str, datetime] = {}
        self._touched: set[str] = set()
        self._new: set[str] = set()
        self.lock = threading.RLock()

    def restore(self, alarm: Alarm, now: datetime) -> None:
        """Take an alarm that was kept; it is looked at when the clock next says so."""
        self._alarms[alarm.name] = alarm
        self._looked[alarm.name] = now
        self._touched.add(alarm.name)
        if alarm.composite:
            self._rules[alarm.name] = parse_alarm_rule(alarm.configuration["AlarmRule"])

    def get(self, name: str) -> Alarm:
        """The alarm of a name.

        :raises UnknownAlarmError: there is none
        """
        with self.lock:
            if name not in self._alarms:
                raise UnknownAlarmError(name)
            return self._alarms[name]

    def all(self) -> list[Alarm]:
        """Every alarm, by name."""
        with self.lock:
            return [self._alarms[name] for name in sorted(self._alarms)]

    def children(self, name: str) -> list[str]:
        """Names of the alarms that a composite alarm watches; none for a metric alarm."""
        with self.lock:
            self.get(name)
            return list(self._rules[name].children) if name in self._rules else []

    def parents(self, name: str) -> list[str]:
        """Names of the composite alarms that watch an alarm."""
        with self.lock:
            self.get(name)
            return [parent for parent, rule in self._rules.items() if name in rule.children]

    def put_metric_alarm(self, request: Mapping[str, Any], now: datetime) -> Alarm:
        """Make a metric alarm, or give one another configuration; its state stays until it is evaluated.

        :raises ValueError: what CloudWatch refuses
        """
        configuration = alarm_request.metric_alarm(request)
        datapoints(configuration, self._store, now, 1)  # an expression that cannot be evaluated is refused now
        with self.lock:
            return self._configure(configuration, now)

    def put_composite_alarm(self, request: Mapping[str, Any], now: datetime) -> Alarm:
        """Make a composite alarm, or give one another rule; it is evaluated at once.

        :raises ValueError: what CloudWatch refuses: a rule that cannot be read, alarms that are not there, a circle
        """
        configuration, rule = alarm_request.composite_alarm(request)
        name = configuration["AlarmName"]
        with self.lock:
            missing = [child for child in rule.children if child not in self._alarms]
            if missing:
                raise ValueError(
                    f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not "
                    "exist"
                )
            if name in self._descendants(rule.children):
                raise ValueError(f"Could not save the composite alarm as its alarm rule depends on {name} itself")
            self._configure(configuration, now)
            self._rules[name] = rule
            self._follow(now, set(), put=name)
            return self._alarms[name]

    def delete(self, names: Iterable[str], now: datetime) -> None:
        """Forget alarms; names of none are passed over, as CloudWatch does.

        :raises ValueError: a composite alarm that stays needs one
        """
        going = set(names)
        with self.lock:
            for name, rule in self._rules.items():
                needed = going & set(rule.children)
                if name not in going and needed:
                    raise ValueError(
                        f"Cannot delete {min(needed)} as there are composite alarms depending on it: {name}"
                    )
            for name in sorted(going & set(self._alarms)):
                alarm = self._alarms.pop(name)
                self._rules.pop(name, None)
                self._keeper.history(alarm, alarm_history.configured(alarm, "deleted", now))
                self._keeper.alarm(alarm, gone=True)
                self._looked.pop(name, None)
                self._touched.discard(name)
                self._new.discard(name)

    def enable_actions(self, names: Iterable[str], enabled: bool) -> None:
        """Switch the actions of alarms; unknown names are passed over, as CloudWatch does."""
        with self.lock:
            for name in names:
                if name in self._alarms:
                    self._save(self._alarms[name].with_actions_enabled(enabled))

    def set_state(self, name: str, value: StateValue, why: str, why_data: str | None, now: datetime) -> None:
        """Set a state by hand, with its actions; the next evaluation sets it right again.

        :raises UnknownAlarmError: there is no such alarm
        :raises ValueError: no such state
        """
        if value not in STATES:
            raise ValueError(
                f"1 validation error detected: Value '{value}' at 'stateValue' failed to satisfy constraint: Member "
                "must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"
            )
        with self.lock:
            alarm = self.get(name)
            # Not looked at again for a minute, so that somebody sees it.
            self._looked[name] = now
            if self._change(alarm, value, why, why_data, now):
                self._follow(now, {name})

    def touched(self, metrics: Iterable[Metric]) -> None:
        """Metrics have new data: their alarms are looked at by the next :meth:`evaluate`, however soon it comes."""
        new = set(metrics)
        with self.lock:
            self._touched |= {
                name
                for name, alarm in self._alarms.items()
                if not alarm.composite and new.intersection(metrics_of(alarm.configuration))
            }

    def evaluate(self, now: datetime) -> None:
        """Bring all alarms to ``now``, through every moment since they were last looked at that could change them."""
        with self.lock:
            due: dict[datetime, list[str]] = {}
            for name, alarm in self._alarms.items():
                looked = self._looked[name]
                if alarm.composite or now < looked or (name not in self._touched and now - looked < _EVERY):
                    continue
                periods = alarm.criterion.evaluation_range
                for moment in instants(alarm.configuration, self._store, looked, now, periods):
                    due.setdefault(moment, []).append(name)
                if name in self._new:
                    # CloudWatch looks at a new alarm within a minute, whatever comes later.
                    self._new.discard(name)
                    due.setdefault(min(now, looked + _EVERY), []).append(name)
                due.setdefault(now, []).append(name)
                self._looked[name] = now
                self._touched.discard(name)
            for moment in sorted(due):
                moved = {name for name in sorted(due[moment]) if self._evaluate(self._alarms[name], moment)}
                self._follow(moment, moved)

    def _configure(self, configuration: dict[str, Any], now: datetime) -> Alarm:
        name = configuration["AlarmName"]
        old = self._alarms.get(name)
        if old is not None and old.composite != ("AlarmRule" in configuration):
            raise ValueError(f"An alarm of the other type with the name {name} exists; delete it first")
        if old is None:
            alarm = Alarm(name, self._arn(name), configuration, now, AlarmState.initial(now))
            self._looked[name] = now
            self._new.add(name)
        else:
            alarm = replace(old, configuration=configuration, configured=now)
        self._touched.add(name)
        self._save(alarm)
        self._keeper.history(alarm, alarm_history.configured(alarm, "created" if old is None else "updated", now))
        return alarm

    def _evaluate(self, alarm: Alarm, now: datetime) -> bool:
        criterion, stated = alarm.criterion, alarm.configuration
        try:
            points = datapoints(stated, self._store, now, criterion.evaluation_range)
        except ValueError as error:
            unknown: StateValue = "INSUFFICIENT_DATA"
            return alarm.state.value != unknown and self._change(alarm, unknown, str(error), None, now)
        found = judge(criterion, points)
        if found.state in (None, alarm.state.value) or few_samples(stated, found.judged):
            return False
        m_of_n = stated.get("DatapointsToAlarm") is not None
        why = reason(criterion, found, found.state, m_of_n=m_of_n)
        data = reason_data(
            criterion,
            found,
            now,
            statistic=stated.get("ExtendedStatistic") or stated.get("Statistic"),
            period=alarm_request.alarm_period(stated),
            unit=stated.get("Unit"),
        )
        return self._change(alarm, found.state, why, data, now)

    def _follow(self, now: datetime, moved: set[str], put: str | None = None) -> None:
        """Bring the composite alarms that watch ``moved`` to their states, from the inside out.

        A composite alarm is looked at when one of its children changes its state, or when it was ``put`` itself.
        """
        while moved or put:
            names = [name for name, rule in self._rules.items() if name == put or moved.intersection(rule.children)]
            moved = {name for name in names if self._follow_one(self._alarms[name], now, put=name == put)}
            put = None

    def _follow_one(self, alarm: Alarm, now: datetime, *, put: bool) -> bool:
        rule = self._rules[alarm.name]
        children = [self._alarms[child] for child in rule.children]
        value: StateValue = "ALARM" if rule.holds({child.name: child.state.value for child in children}) else "OK"
        if value == alarm.state.value:
            return False
        latest = sorted(children, key=lambda one: (one.state.transitioned, one.state.value == value))[-1:]
        triggers = [(one.arn, one.state.value, one.state.transitioned) for one in (children if put else latest)]
        if put or not latest:
            verb = "created" if alarm.configured == alarm.state.updated else "updated"
            why = composite_put_reason(alarm.arn, value, verb)
        else:
            why = composite_reason(latest[0].arn, latest[0].state.value, now)
        return self._change(alarm, value, why, composite_reason_data(triggers), now, tuple(triggers))

    def _change(
        self,
        alarm: Alarm,
        value: StateValue,
        why: str,
        data: str | None,
        now: datetime,
        children: tuple[tuple[str, str, datetime], ...] = (),
    ) -> bool:
        changed = alarm.with_state(value, why, data, now)
        transition = Transition(changed, alarm.state, children)
        with self._keeper.together():
            if value != alarm.state.value:
                self._keeper.history(changed, alarm_history.changed(transition))
                self._announce(transition)
                for action in changed.actions():
                    problem = self._act(transition, action)
                    self._keeper.history(changed, alarm_history.acted(changed, action, problem, now))
            self._save(changed)
        return value != alarm.state.value

    def _save(self, alarm: Alarm) -> None:
        self._alarms[alarm.name] = alarm
        self._keeper.alarm(alarm)

    def _descendants(self, names: Iterable[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._rules[name].children if name in self._rules else ()
        return found
