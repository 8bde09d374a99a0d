"""This package beside AWS's SDK: its request builders need nothing but Python, so its folder on the path is enough."""

from __future__ import annotations

import os
import sys

if os.environ["MODEL_MONITOR_PROVIDER"] not in sys.path:
    sys.path.append(os.environ["MODEL_MONITOR_PROVIDER"])
