"""A small, real classifier: will this departure arrive more than 15 minutes late?

It is asked when the aircraft leaves, so it knows the delay at departure. It learns from January and February, the
months the baseline describes, and is never taught again: what it meets in summer is what a monitor is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from demo.departures import Departures

THRESHOLD = 0.5
"""A probability above it is a late arrival."""


class LateArrivals:
    """Gradient-boosted trees over the five fields of a request."""

    def __init__(self, training: Departures) -> None:
        """Learn from departures whose arrival is known.

        :param training: departures; those that never arrived teach nothing and are left out
        """
        import numpy as np
        from sklearn.ensemble import HistGradientBoostingClassifier

        self._carriers = np.unique(training.carrier.astype(str))
        self._origins = np.unique(training.origin.astype(str))
        arrived = training[training.arrived]
        self._trees = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=15, random_state=2013)
        self._trees.fit(self._matrix(arrived), arrived.late)

    def probabilities(self, departures: Departures) -> np.ndarray:
        """How likely a late arrival is, 0 to 1, to four decimals as the endpoint answers (one per departure)."""
        import numpy as np

        return np.round(self._trees.predict_proba(self._matrix(departures))[:, 1], 4)

    def _matrix(self, departures: Departures) -> np.ndarray:
        import numpy as np

        return np.column_stack(
            [
                departures.dep_delay,
                departures.distance,
                departures.hour,
                np.searchsorted(self._carriers, departures.carrier.astype(str)),
                np.searchsorted(self._origins, departures.origin.astype(str)),
            ]
        )
