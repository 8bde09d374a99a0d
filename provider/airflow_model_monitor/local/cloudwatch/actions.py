"""CloudWatch's actions on metrics and alarms, in place of moto's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.cloudwatch.alarm import Alarm
from airflow_model_monitor.local.cloudwatch.alarm_book import UnknownAlarmError
from airflow_model_monitor.local.cloudwatch.alarm_datapoints import metrics_of
from airflow_model_monitor.local.cloudwatch.metric_queries import metric_data, metric_statistics
from airflow_model_monitor.local.cloudwatch.metric_store import Metric
from airflow_model_monitor.local.moto_seam import ReplacedActions

if TYPE_CHECKING:
    from airflow_model_monitor.local.cloudwatch.service import CloudWatch, Place

Request = Mapping[str, Any]
Handler = Callable[["CloudWatch", "Place", Request], dict[str, Any]]
_LISTED: Final = 500
_DESCRIBED: Final = 50


def replace_actions(service: CloudWatch) -> ReplacedActions:
    """Answer CloudWatch's actions by ``service`` until it is taken back."""
    from moto.cloudwatch.responses import CloudWatchResponse

    made = {name: _as_moto(service, handler) for name, handler in _HANDLERS.items()}
    own = {
        name: CloudWatchResponse.__dict__[name] for name in ("list_tags_for_resource", "tag_resource", "untag_resource")
    }
    return ReplacedActions(CloudWatchResponse, {**made, **{name: _tags(service, name, own[name]) for name in own}})


def _as_moto(service: CloudWatch, handler: Handler) -> Callable[[Any], Any]:
    from moto.core.responses import ActionResult

    def action(response: Any) -> Any:
        place = service.place(response.current_account, response.region)
        with _in_its_words():
            return ActionResult(handler(service, place, response._get_params()))

    return action


class _in_its_words:  # noqa: N801 - reads as a statement
    """Our errors as those of the service."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from moto.cloudwatch.exceptions import InvalidParameterValue, ResourceNotFound, ValidationError

        if isinstance(error, UnknownAlarmError):
            raise ResourceNotFound(f"Unknown alarm: {error}") from error
        if isinstance(error, _InvalidValueError):
            raise InvalidParameterValue(str(error)) from error
        if isinstance(error, ValueError):
            raise ValidationError(str(error)) from error


class _InvalidValueError(ValueError):
    """What the service calls an invalid parameter value rather than a validation error."""


def _put_metric_data(service: CloudWatch, place: Place, request: Request) -> dict[str, Any]:
    entries = list(request.get("MetricData") or ())
    try:
        timed = [{**entry, **_moments(entry, "Timestamp")} for entry in entries]
        service.put_metric_data(place, request.get("Namespace") or "", timed)
    except ValueError as error:
        raise _InvalidValueError(str(error)) from error
    return {}


def _list_metrics(service: CloudWatch, place: Place, request: Request) -> dict[str, Any]:
    found = list(
        place.store.listed(request.get("Namespace"), request.get("MetricName"), request.get("Dimensions") or ())
    )
    if request.get("RecentlyActive") == "PT3H":
        since = service.aws.clock.now().timestamp() - 3 * 3_600
        found = [one for one in found if (latest := place.store.latest(one)) and latest.timestamp() >= since]
    return _page(found, request.get("NextToken"), _LISTED, "Metrics", Metric.to_api)


def _get_metric_statistics(service: CloudWatch, place: Place, request: Request) -> dict[str, Any]:
    try:
        start, end = _span(request)
        points = metric_statistics(place.store, request, start=start, end=end)
    except ValueError as error:
        raise _InvalidValueError(str(error)) from error
    return {"Label": request["MetricName"], "Datapoints": points}


def _get_metric_data(service: CloudWatch, place: Place, request: Request) -> dict[str, Any]:
    start, end = _span(request)
    descending = (request.get("ScanBy") or "TimestampDescending") == "TimestampDescending"
    queries = request.get("MetricDataQueries") or []
    return {
        "MetricDataResults": metric_data(place.store, queries, start=start, end=end, descending=descending),
        "Messages": [],
    }


def _put_metric_alarm(service: CloudWatch, place: Place, request: Request) -> dict[str, Any]:
    alarm = place.book.put_metric_alarm(request, service.aws.clock.now())
    service.put_tags(alarm.arn, request.get("Tags"))
    service.look_soon()
    return {}


def _put_composite_alarm(service: CloudWatch, place: Place, request: Request) -> dict[str, Any]:
    alarm = place.book.put_composite_alarm(request, service.aws.clock.now())
    service.put_tags(alarm.arn, request.get("Tags"))
    return {}


def _describe_alarms(service: CloudWatch, place: Place, request: Request) -> dict[str, Any]:
    types = request.get("AlarmTypes") or ["MetricAlarm"]
    names, prefix = request.get("AlarmNames"), request.get("AlarmNamePrefix")
    if names and prefix:
        raise ValueError("AlarmNames and AlarmNamePrefix are mutually exclusive.")
    children, parents = request.get("ChildrenOfAlarmName"), request.get("ParentsOfAlarmName")
    if children:
        names, types = place.book.children(children), ["MetricAlarm", "CompositeAlarm"]
    if parents:
        names, types = place.book.parents(parents), ["CompositeAlarm"]
    found = [
        alarm
        for alarm in place.book.all()
        if alarm.kind in types
        and (names is None or alarm.name in names)
        and alarm.name.startswith(prefix or "")
        and alarm.state.value == (request.get("StateValue") or alarm.state.value)
        and _acts(alarm, request.get("ActionPrefix"))
    ]
    limit = min(int(request.get("MaxRecords") or _DESCRIBED), 100)
    page = _page(found, request.get("NextToken"), max(limit, len(names or ())), "Alarms", lambda alarm: alarm)
    alarms: list[Alarm] = page.pop("Alarms")
    return {
        "MetricAlarms": [alarm.to_api() for alarm in alarms if not alarm.composite],
        "CompositeAlarms": [alarm.to_api() for alarm in alarms if alarm.composite],
        **page,
    }


def _describe_alarms_for_metric(service: CloudWatch, place: Place, request: Request) -> dict[str, Any]:
    wanted = Metric.from_api(request)
    found = []
    for alarm in place.book.all():
        stated = alarm.configuration
        if alarm.composite or stated.get("Metrics") or metrics_of(stated) != [wanted]:
            continue
        if all(
            request.get(name) in (None, stated.get(name))
            for name in ("Statistic", "ExtendedStatistic", "Period", "Unit")
        ):
            found.append(alarm.to_api())
    return {"MetricAlarms": found}


def _describe_alarm_history(service: CloudWatch, place: Place, request: Request) -> dict[str, Any]:
    types = request.get("AlarmTypes") or ["MetricAlarm"]
    start, end = (_utc(request.get(name)) for name in ("StartDate", "EndDate"))
    found = []
    for item in service.history_of(place.account, place.region):
        moment = datetime.fromisoformat(item["Timestamp"])
        if (
            (item["AlarmName"] == request["AlarmName"] if request.get("AlarmName") else item["AlarmType"] in types)
            and item["HistoryItemType"] == (request.get("HistoryItemType") or item["HistoryItemType"])
            and (start is None or moment >= start)
            and (end is None or moment <= end)
        ):
            found.append({**item, "Timestamp": moment})
    # By time, and in the order they were made where the times are the same.
    found.sort(key=lambda item: item["Timestamp"])
    if (request.get("ScanBy") or "TimestampDescending") == "TimestampDescending":
        found.reverse()
    limit = min(int(request.get("MaxRecords") or 100), 100)
    return _page(found, request.get("NextToken"), limit, "AlarmHistoryItems", lambda item: item)


def _set_alarm_state(service: CloudWatch, place: Place, request: Request) -> dict[str, Any]:
    place.book.set_state(
        request["AlarmName"],
        request["StateValue"],
        request["StateReason"],
        request.get("StateReasonData"),
        service.aws.clock.now(),
    )
    return {}


def _delete_alarms(service: CloudWatch, place: Place, request: Request) -> dict[str, Any]:
    names = request.get("AlarmNames") or []
    arns = [alarm.arn for alarm in place.book.all() if alarm.name in names]
    try:
        place.book.delete(names, service.aws.clock.now())
    finally:
        left = {alarm.arn for alarm in place.book.all()}
        for arn in arns:
            if arn not in left:
                service.put_tags(arn, None, replace=True)
    return {}


def _switch(enabled: bool) -> Handler:
    def switch(service: CloudWatch, place: Place, request: Request) -> dict[str, Any]:
        place.book.enable_actions(request.get("AlarmNames") or [], enabled)
        return {}

    return switch


def _tags(service: CloudWatch, name: str, own: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An action on tags: ours for alarms, moto's for everything else."""
    from moto.core.responses import ActionResult

    def action(response: Any) -> Any:
        request = response._get_params()
        arn = request.get("ResourceARN") or ""
        if ":alarm:" not in arn:
            return own(response)
        with _in_its_words():
            service.place(*_owner(arn)).book.get(arn.split(":alarm:", 1)[1])
            if name == "tag_resource":
                service.put_tags(arn, request.get("Tags"))
            elif name == "untag_resource":
                service.drop_tags(arn, request.get("TagKeys") or [])
            else:
                return ActionResult({"Tags": service.tags_of(arn)})
            return ActionResult({})

    return action


def _owner(arn: str) -> tuple[str, str]:
    _, _, _, region, account, *_ = arn.split(":")
    return account, region


def _acts(alarm: Alarm, prefix: str | None) -> bool:
    if prefix is None:
        return True
    members = ("AlarmActions", "OKActions", "InsufficientDataActions")
    return any(action.startswith(prefix) for member in members for action in alarm.configuration[member])


def _page(
    found: Sequence[Any], token: str | None, limit: int, member: str, shown: Callable[[Any], Any]
) -> dict[str, Any]:
    if token is not None and not token.isdigit():
        raise _InvalidValueError("Request parameter NextToken is invalid")
    start = int(token or 0)
    page: dict[str, Any] = {member: [shown(one) for one in found[start : start + limit]]}
    if start + limit < len(found):
        page["NextToken"] = str(start + limit)
    return page


def _span(request: Request) -> tuple[datetime, datetime]:
    start, end = _utc(request.get("StartTime")), _utc(request.get("EndTime"))
    if start is None or end is None:
        raise ValueError("The parameters StartTime and EndTime are required.")
    return start, end


def _moments(entry: Mapping[str, Any], *names: str) -> dict[str, datetime | None]:
    return {name: _utc(entry[name]) for name in names if name in entry}


def _utc(moment: Any) -> datetime | None:
    """A moment as moto parses it: with or without a time zone, or as text."""
    if moment is None:
        return None
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


_HANDLERS: Final[dict[str, Handler]] = {
    "put_metric_data": _put_metric_data,
    "list_metrics": _list_metrics,
    "get_metric_statistics": _get_metric_statistics,
    "get_metric_data": _get_metric_data,
    "put_metric_alarm": _put_metric_alarm,
    "put_composite_alarm": _put_composite_alarm,
    "describe_alarms": _describe_alarms,
    "describe_alarms_for_metric": _describe_alarms_for_metric,
    "describe_alarm_history": _describe_alarm_history,
    "set_alarm_state": _set_alarm_state,
    "delete_alarms": _delete_alarms,
    "enable_alarm_actions": _switch(True),
    "disable_alarm_actions": _switch(False),
}
