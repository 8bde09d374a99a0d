"""What waits for a person: candidates, and what was decided about them.

Below one folder (any fsspec URL)::

    <candidate>/request.json    what is proposed, and everything that is needed to go on with it
    <candidate>/decision.json   approved or rejected, by whom, in which run; written once, the first decision counts

A candidate without a decision is pending, however long that takes; nothing here decides by itself. A person may be
asked in two places: the run whose decision counts goes on with the candidate, and no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from airflow_model_monitor.service.folder import Folder

REQUEST: Final = "request.json"
DECISION: Final = "decision.json"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class Approval:
    """A candidate.

    :param candidate: its name, such as a model version
    :param request: what is proposed, as it was recorded
    :param approved: what was decided; None: it is pending
    :param by: who decided, None while nobody has
    :param run: in which run of which DAG; None while nobody has, or where that was not said
    """

    candidate: str
    request: Mapping[str, Any]
    approved: bool | None
    by: str | None
    run: str | None = None

    @property
    def state(self) -> str:
        """``pending approval``, ``approved`` or ``rejected``."""
        if self.approved is None:
            return "pending approval"
        return "approved" if self.approved else "rejected"


class Approvals:
    """The candidates below one folder.

    :param url: the folder, a local path or fsspec URL
    :param storage_options: keyword arguments of the file system, e.g. from ``ModelMonitorHook.storage_options()``
    """

    def __init__(self, url: str, storage_options: Mapping[str, Any] | None = None) -> None:
        self._folder = Folder(url, storage_options)

    def ask(self, candidate: str, request: Mapping[str, Any]) -> Approval:
        """Record that a candidate waits; asked again, the first request stands.

        :param request: JSON-able
        """
        text = json.dumps(dict(request), indent=2, sort_keys=True) + "\n"
        self._of(candidate).create(REQUEST, text.encode())
        return self.read(candidate)

    def decide(self, candidate: str, *, approved: bool, by: str, run: str | None = None) -> Approval:
        """Approve or reject a candidate; deciding the same again changes nothing.

        :param run: the run that decides, and goes on with the candidate if its decision is the first
        :raises LookupError: nobody has asked for it
        :raises ValueError: it was decided otherwise before, or in another run
        """
        self.read(candidate)
        text = json.dumps({"approved": approved, "by": by, "run": run}, indent=2) + "\n"
        self._of(candidate).create(DECISION, text.encode())
        found = self.read(candidate)
        if found.approved is not approved or found.run != run:
            where = f" in {found.run}" if found.run else ""
            raise ValueError(
                f"candidate: {candidate!r} was {found.state} by {found.by}{where} before; a decision stands, and "
                "whoever made it goes on with the candidate"
            )
        return found

    def read(self, candidate: str) -> Approval:
        """One candidate.

        :raises LookupError: nobody has asked for it; the message names those that are pending
        """
        folder = self._of(candidate)
        request = folder.read_if_there(REQUEST)
        if request is None:
            raise LookupError(
                f"candidate: there is no {candidate!r} below {self._folder.url}; pending: "
                f"{', '.join(one.candidate for one in self.pending()) or 'none'}"
            )
        decision = json.loads(folder.read_if_there(DECISION) or b"{}")
        said = {name: decision.get(name) for name in ("approved", "by", "run")}
        return Approval(candidate, json.loads(request), **said)

    def pending(self) -> tuple[Approval, ...]:
        """Every candidate that nobody has decided on, by name."""
        names = (name for name in self._folder.names() if _NAME.fullmatch(name))
        found = (self.read(name) for name in names if self._of(name).read_if_there(REQUEST) is not None)
        return tuple(one for one in found if one.approved is None)

    def _of(self, candidate: str) -> Folder:
        if not _NAME.fullmatch(candidate):
            raise LookupError(f"candidate: {candidate!r} is no name of one; expected letters, digits and . _ -")
        return self._folder.child(candidate)
