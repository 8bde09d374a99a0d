"""What all List operations share: filters, sorting, and pages whose tokens stay valid while things are added."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from airflow_model_monitor.local.errors import validation_error

Document = Mapping[str, Any]
MADE = "_made"
"""Member of our own: nanoseconds of this machine's clock, for a simulated one stands still."""
_LONGEST_PAGE = 100


def listed(
    request: Mapping[str, Any],
    documents: Iterable[Document],
    *,
    member: str,
    name: str,
    filters: Mapping[str, Callable[[Any, Any], bool] | str],
    sort_keys: Mapping[str, str],
    summary: Collection[str] | None = None,
    default_sort: str = "CreationTime",
    identity: Callable[[Document], str] | None = None,
) -> dict[str, Any]:
    """One page of a list, newest first unless the request says otherwise.

    :param documents: all there are
    :param member: of the answer that holds the page
    :param name: member of a document that ``NameContains`` looks into
    :param filters: the request's member to the document's member it must equal, or to a test of both
    :param sort_keys: values of ``SortBy`` to the document's members
    :param summary: the members that a list tells of; None: all that clients see
    :param identity: what tells documents apart that sort alike, by default when they were made and their name
    :raises ServiceError: a token that is none of ours
    """
    identify = identity or (lambda one: f"{one.get(MADE, 0):020d} {one[name]}")
    found = [one for one in documents if _passes(request, one, name, filters)]
    key = sort_keys[request.get("SortBy") or default_sort]
    descending = (request.get("SortOrder") or "Descending") == "Descending"
    found.sort(key=lambda one: (one.get(key) or "", identify(one)), reverse=descending)
    start = 0
    if token := request.get("NextToken"):
        last = _read_token(token)
        # Behind the last one delivered, even when that one has gone meanwhile.
        here = [(one.get(key) or "", identify(one)) for one in found]
        try:
            start = sum(1 for place in here if (place >= last if descending else place <= last))
        except TypeError:
            raise _no_token(token) from None
    size = request.get("MaxResults") or _LONGEST_PAGE
    page = found[start : start + size]
    told = [shown(one) for one in page]
    if summary is not None:
        told = [{name: value for name, value in one.items() if name in summary} for one in told]
    result: dict[str, Any] = {member: told}
    if start + size < len(found):
        result["NextToken"] = _write_token((page[-1].get(key) or "", identify(page[-1])))
    return result


def shown(document: Document) -> dict[str, Any]:
    """The members of a document that clients see."""
    return {member: value for member, value in document.items() if not member.startswith("_") and value is not None}


def _passes(
    request: Mapping[str, Any],
    document: Document,
    name: str,
    filters: Mapping[str, Callable[[Any, Any], bool] | str],
) -> bool:
    contains = request.get("NameContains")
    if contains is not None and contains.lower() not in str(document[name]).lower():
        return False
    for member in ("CreationTime", "LastModifiedTime", "ScheduledTime"):
        before, after = request.get(f"{member}Before"), request.get(f"{member}After")
        if before is not None and not document[member] < before:
            return False
        if after is not None and not document[member] > after:
            return False
    for asked, test in filters.items():
        wanted = request.get(asked)
        if wanted is None:
            continue
        if not (document.get(test) == wanted if isinstance(test, str) else test(document, wanted)):
            return False
    return True


def _write_token(place: tuple[Any, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _read_token(token: str) -> tuple[Any, str]:
    try:
        key, identity = json.loads(base64.urlsafe_b64decode(token.encode()))
    except ValueError:
        raise _no_token(token) from None
    return key, identity


def _no_token(token: str) -> Exception:
    return validation_error(f"Invalid NextToken: {token!r}; give the token of the page before, unchanged.")
