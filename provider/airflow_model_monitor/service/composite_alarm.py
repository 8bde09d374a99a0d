"""Many alarms under one: a composite alarm that is in ALARM when any of its children is.

A composite alarm takes at most 100 children and a rule of at most 10,240 characters. Where that is too few, groups of
children get a composite alarm each and the one on top watches the groups; only it tells anybody.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.drift_alarm import MAX_NAME, AlarmActions, check_alarm_name, tag_list
from airflow_model_monitor.service.limit_checks import check_count, check_tags, check_text

MAX_CHILDREN: Final = 100
MAX_RULE: Final = 10_240
MAX_DELETED: Final = 100
#: Between an alarm's name and what tells its children apart.
SEPARATOR: Final = "/"
_OR: Final = " OR "
# In a rule a name stands in quotes; these would end it, or mean something else in it.
_UNFIT: Final = re.compile(r'[\x00-\x1f\x7f"\\]')
_DIGEST: Final = 12


def child_name(parent: str, *parts: str) -> str:
    """The name of an alarm below another: the same for the same parts, and different for different ones.

    :raises ValueError: the parent's name leaves no room for what tells its children apart
    """
    hint = "a composite alarm's children carry its name; shorten it"
    check_text("alarm_name", parent, 1, MAX_NAME - 2 * _DIGEST, None, hint)
    whole = SEPARATOR.join((parent, *parts))
    fit = _UNFIT.sub("-", whole)
    if fit == whole and len(whole) <= MAX_NAME:
        return whole
    digest = hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:_DIGEST]
    return f"{fit[: MAX_NAME - _DIGEST - 1]}-{digest}"


def is_child(parent: str, name: str) -> bool:
    """Whether :func:`child_name` gave this name below that parent."""
    return name.startswith(f"{parent}{SEPARATOR}")


def composite_calls(
    name: str,
    children: Sequence[str],
    *,
    description: str = "",
    actions: AlarmActions | None = None,
    tags: Mapping[str, str] | None = None,
) -> tuple[ApiCall, ...]:
    """``PutCompositeAlarm``, one or several, in the order in which they must be sent: the last is ``name``.

    :param children: names of alarms that exist when these calls are sent
    :raises ValueError: CloudWatch would refuse it: no child, too many for two floors, or a name that fits no rule
    """
    check_alarm_name("alarm_name", name)
    for unfit in (one for one in (name, *children) if _UNFIT.search(one)):
        raise ValueError(f"alarm_name: {unfit!r} holds a quote, a backslash or a control character; rename it")
    check_count("children", len(children), 1, MAX_CHILDREN**2)
    groups = list(_groups(children))
    calls: list[ApiCall] = []
    top: Sequence[str] = children
    if len(groups) > 1:
        names = [child_name(name, f"group-{number:03d}") for number in range(1, len(groups) + 1)]
        for group, members in zip(names, groups):
            text = f"One of {len(members)} alarms of {name}"
            calls.append(_put(group, members, text, AlarmActions(), tags or {}))
        top = names
    if len(top) > MAX_CHILDREN or len(rule_of(top)) > MAX_RULE:
        raise ValueError(
            f"children: {len(children)} alarms with such names are too many for one composite alarm on groups of at "
            f"most {MAX_CHILDREN}; name fewer features, or make several operators with alarm names of their own"
        )
    return (*calls, _put(name, top, description, actions or AlarmActions(), tags or {}))


def rule_of(names: Sequence[str]) -> str:
    """The rule of an alarm that is in ALARM when any of these is."""
    return _OR.join(f'ALARM("{name}")' for name in names)


def deletion_batches(composites: Sequence[str], others: Sequence[str]) -> tuple[list[str], ...]:
    """Names for one ``DeleteAlarms`` each, in order: one composite alarm at a time, parents first, then the others.

    :param composites: parents before their children
    """
    rest = [list(others[start : start + MAX_DELETED]) for start in range(0, len(others), MAX_DELETED)]
    return (*([name] for name in composites), *rest)


def _groups(children: Sequence[str]) -> Iterator[list[str]]:
    group: list[str] = []
    for child in children:
        if group and (len(group) == MAX_CHILDREN or len(rule_of([*group, child])) > MAX_RULE):
            yield group
            group = []
        group.append(child)
    yield group


def _put(
    name: str, children: Sequence[str], description: str, actions: AlarmActions, tags: Mapping[str, str]
) -> ApiCall:
    check_text("description", description, 0, 1024)
    check_tags(tags)
    parameters: dict[str, Any] = {
        "AlarmName": name,
        "AlarmDescription": description,
        "AlarmRule": rule_of(children),
        "ActionsEnabled": True,
        **actions.to_api(),
    }
    if tags:
        parameters["Tags"] = tag_list(tags)
    return ApiCall("PutCompositeAlarm", parameters)
