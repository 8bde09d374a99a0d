"""The hosts of AWS's console, one per partition. No Airflow, no boto3: a table."""

from __future__ import annotations

from typing import Final

#: partition, as in an ARN -> (beginning of its regions' names, host of its console)
_PARTITIONS: Final = {
    "aws-cn": ("cn-", "console.amazonaws.cn"),
    "aws-us-gov": ("us-gov-", "console.amazonaws-us-gov.com"),
    "aws-iso": ("us-iso-", "console.c2shome.ic.gov"),
    "aws-iso-b": ("us-isob-", "console.sc2shome.sgov.gov"),
    "aws-eusc": ("eusc-", "console.amazonaws-eusc.eu"),
    "aws": ("", "console.aws.amazon.com"),
}


def console_domain(partition: str) -> str | None:
    """Host of a partition's console, e.g. ``console.aws.amazon.com``; None where we know of none."""
    known = _PARTITIONS.get(partition)
    return None if known is None else known[1]


def partition_of(region_name: str) -> str:
    """The partition a region lies in: ``aws-cn`` for ``cn-north-1``; ``aws`` for what has no mark of its own."""
    return next(partition for partition, (beginning, _) in _PARTITIONS.items() if region_name.startswith(beginning))


def console_url(region_name: str, path: str, *, partition: str | None = None) -> str:
    """An address in the console, with the region as part of the host and as its parameter, as the console writes it.

    :param path: below the host, e.g. ``sagemaker/home#/processing-jobs/name``; its parts are quoted already
    :param partition: the region's when None
    :returns: empty where the partition has no console that we know of
    """
    domain = console_domain(partition or partition_of(region_name))
    if domain is None or not region_name:
        return ""
    before, mark, after = path.partition("#")
    joint = "&" if "?" in before else "?"
    return f"https://{region_name}.{domain}/{before}{joint}region={region_name}{mark}{after}"
