"""Whatever the rows hold, there is a result that can be written and read again, or a clear error."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.compatibility import COMPATIBILITIES, Compatibility
from airflow_model_monitor.contract.errors import ContractError
from tests.analysis.bias.samples import run, settings

texts = st.sampled_from(["", "0", "1", "a", "b", " 1"])
whole = st.integers(-2, 2) | st.sampled_from([2**53 + 1, 2**62, 2**64])
fractions = st.floats() | st.sampled_from([0.0, 1.0])
cells = [st.booleans(), whole, fractions, texts, st.none() | texts, st.none() | fractions | whole | texts]
given_values = st.lists(st.sampled_from([0, 1, 0.5, "a", "1"]), max_size=2).map(tuple)


@st.composite
def columns(draw: st.DrawFn) -> list[object]:
    return draw(st.lists(draw(st.sampled_from(cells)), min_size=8, max_size=8))


@given(
    rows=st.fixed_dictionaries({"sex": columns(), "age": columns()}),
    labels=columns(),
    predicted=columns(),
    facet=given_values,
    positive=given_values,
    compatibility=st.sampled_from(COMPATIBILITIES),
)
def test_a_result_or_a_clear_error(
    rows: dict[str, list[object]],
    labels: list[object],
    predicted: list[object],
    facet: tuple[object, ...],
    positive: tuple[object, ...],
    compatibility: Compatibility,
) -> None:
    config = settings("sex", facet, label_values_or_threshold=positive, group_variable="age")
    with suppress(ContractError):
        result = run(rows, labels, config, predicted_labels=predicted, compatibility=compatibility)
        assert AnalysisReport.from_json(result.report.to_json()) == result.report
