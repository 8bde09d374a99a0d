"""Hypothesis strategies for the contract's objects."""

from __future__ import annotations

from hypothesis import strategies as st

from airflow_model_monitor.contract import captured_data as capture
from airflow_model_monitor.contract import constraints as constraint
from airflow_model_monitor.contract import statistics as statistic
from airflow_model_monitor.contract.violations import CHECK_TYPES, ConstraintViolations, Violation

texts = st.text(max_size=12)
counts = st.integers(0, 2**63 - 1)
ratios = st.floats(0.0, 1.0)
finite = st.floats(allow_nan=False, allow_infinity=False)
measures = st.floats(allow_nan=False)  # NaN is not equal to itself; it has a test of its own
optional_measures = st.none() | measures
commons = st.builds(statistic.Common, counts, counts)

buckets = st.builds(statistic.Bucket, measures, measures, st.floats(0.0, 1e18))
levels = st.lists(measures, max_size=12).map(tuple)
sketches = st.builds(statistic.KllSketchData, ratios, st.just(2048.0), st.lists(levels, max_size=3).map(tuple))
distributions = st.builds(statistic.KllDistribution, st.lists(buckets, max_size=2).map(tuple), st.none() | sketches)
numerical_statistics = st.builds(
    statistic.NumericalStatistics,
    commons,
    *[optional_measures] * 5,
    approximate_num_distinct_values=st.none() | counts,
    completeness=st.none() | ratios,
    distribution=st.none() | distributions,
)
categories = st.lists(
    st.builds(statistic.CategoricalBucket, texts, counts), max_size=4, unique_by=lambda bucket: bucket.value
).map(tuple)
string_statistics = st.builds(
    statistic.StringStatistics, commons, st.floats(0.0, 1e18), st.none() | ratios, st.none() | categories
)
feature_statistics = st.builds(
    statistic.FeatureStatistics,
    texts,
    st.sampled_from(statistic.INFERRED_TYPES),
    st.none() | numerical_statistics,
    st.none() | string_statistics,
)
all_statistics = st.builds(
    statistic.Statistics,
    counts,
    st.lists(feature_statistics, max_size=3, unique_by=lambda feature: feature.name).map(tuple),
    finite,
)

distribution_constraints = st.builds(
    constraint.DistributionConstraints,
    st.booleans(),
    st.floats(0.0, 10.0),
    st.sampled_from(("Simple", "Robust")),
    st.none() | st.floats(0.0, 10.0),
    st.sampled_from((None, "LInfinity", "ChiSquared")),
)
configs = st.builds(constraint.MonitoringConfig, st.booleans(), st.booleans(), ratios, ratios, distribution_constraints)
overrides = st.none() | st.fixed_dictionaries(
    {}, optional={"evaluate_constraints": st.sampled_from(("Enabled", "Disabled")), "datatype_check_threshold": ratios}
)
# Without overrides the spelling is nowhere in the file, so only the default one comes back.
feature_constraints = st.builds(
    constraint.FeatureConstraints,
    texts,
    st.sampled_from(statistic.INFERRED_TYPES),
    st.none() | ratios,
    st.none() | st.builds(constraint.NumConstraints, st.booleans()),
    st.none() | st.builds(constraint.StringConstraints, st.lists(texts, max_size=4).map(tuple)),
    overrides,
)
all_constraints = st.builds(
    constraint.Constraints,
    st.lists(feature_constraints, max_size=3, unique_by=lambda feature: feature.name).map(tuple),
    configs,
    finite,
)

violations = st.builds(
    ConstraintViolations,
    st.lists(st.builds(Violation, texts, st.sampled_from(CHECK_TYPES) | texts, texts), max_size=4).map(tuple),
)

event_data = st.builds(
    capture.EventData,
    texts,
    st.sampled_from(capture.ENCODINGS),
    st.none() | texts,
    st.sampled_from((None, *capture.MODES)),
)
metadata = st.builds(
    capture.EventMetadata,
    texts,
    st.none() | texts,
    st.none() | texts,
    st.none() | st.lists(texts, max_size=2).map(tuple),
)
captured_records = st.builds(
    capture.CapturedRecord, metadata, event_data, st.none() | event_data, st.none() | event_data, st.none() | event_data
)
