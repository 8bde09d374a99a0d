"""What stands in for the training image of the loop: the example DAGs' own training, run as a container would be."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Train on the channel's rows; why that failed goes where SageMaker looks for it."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "dags"))
    from model_monitor_training import train

    rows = Path(os.environ["SM_CHANNEL_TRAINING"], "rows.csv")
    try:
        model = train(str(rows), json.loads(os.environ["SM_HPS"])["label"])
    except Exception as error:
        Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text(f"{type(error).__name__}: {error}")
        raise
    Path(os.environ["SM_MODEL_DIR"], "model.onnx").write_bytes(model)


if __name__ == "__main__":
    assert sys.argv[1:] == ["train"], sys.argv
    main()
