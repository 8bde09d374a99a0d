"""The container images of SageMaker's own monitors: which registry account serves which region.

Account numbers are facts of the service, checked against the tables of the SageMaker Python SDK 2.257.7 (equal to those
of sagemaker-core 2.27.0): 30 regions for the analyzer, 28 for Clarify. The ground-truth merger lives in the analyzer's
registry.
"""

from __future__ import annotations

import difflib
from typing import Literal

Image = Literal["analyzer", "groundtruth-merger", "clarify"]

REPOSITORIES: dict[Image, str] = {
    "analyzer": "sagemaker-model-monitor-analyzer",
    "groundtruth-merger": "sagemaker-model-monitor-groundtruth-merger",
    "clarify": "sagemaker-clarify-processing:1.0",
}

# region: (account of the analyzer and merger, account of Clarify)
_ACCOUNTS: dict[str, tuple[str | None, str | None]] = {
    "af-south-1": ("875698925577", "811711786498"),
    "ap-east-1": ("001633400207", "098760798382"),
    "ap-northeast-1": ("574779866223", "377024640650"),
    "ap-northeast-2": ("709848358524", "263625296855"),
    "ap-northeast-3": ("990339680094", "912233562940"),
    "ap-south-1": ("126357580389", "452307495513"),
    "ap-southeast-1": ("245545462676", "834264404009"),
    "ap-southeast-2": ("563025443158", "007051062584"),
    "ap-southeast-3": ("669540362728", "705930551576"),
    "ca-central-1": ("536280801234", "675030665977"),
    "cn-north-1": ("453000072557", "122526803553"),
    "cn-northwest-1": ("453252182341", "122578899357"),
    "eu-central-1": ("048819808253", "017069133835"),
    "eu-central-2": ("590183933784", "730335477804"),
    "eu-north-1": ("895015795356", "763603941244"),
    "eu-south-1": ("933208885752", "638885417683"),
    "eu-south-2": ("437450045455", None),
    "eu-west-1": ("468650794304", "131013547314"),
    "eu-west-2": ("749857270468", "440796970383"),
    "eu-west-3": ("680080141114", "341593696636"),
    "il-central-1": ("843974653677", None),
    "me-central-1": ("588750061953", None),
    "me-south-1": ("607024016150", "835444307964"),
    "sa-east-1": ("539772159869", "520018980103"),
    "us-east-1": ("156813124566", "205585389593"),
    "us-east-2": ("777275614652", "211330385671"),
    "us-gov-west-1": (None, "598674086554"),
    "us-isof-east-1": ("853188333426", "579539705040"),
    "us-isof-south-1": ("467912361380", "411392592546"),
    "us-west-1": ("890145073186", "740489534195"),
    "us-west-2": ("159807026194", "306415355426"),
}
_SUFFIXES = {"cn-": "amazonaws.com.cn", "us-isof-": "csp.hci.ic.gov"}


def image_uri(region: str, image: Image = "analyzer") -> str:
    """Address of an image of SageMaker's monitors in a region.

    :param region: AWS region, e.g. ``us-west-2``
    :param image: which of the three
    :raises ValueError: the region is unknown or has no such image; every builder takes an ``image_uri`` instead
    """
    analyzer, clarify = _ACCOUNTS.get(region, (None, None))
    account = clarify if image == "clarify" else analyzer
    if account is None:
        near = difflib.get_close_matches(region, _ACCOUNTS, n=1)
        hint = f"did you mean {near[0]!r}? " if near and near[0] != region else ""
        known = ", ".join(sorted(r for r, pair in _ACCOUNTS.items() if pair[image == "clarify"]))
        raise ValueError(
            f"region: no {REPOSITORIES[image]} image is known for {region!r}; {hint}known regions: {known}. "
            "Elsewhere give image_uri=."
        )
    suffix = next((value for prefix, value in _SUFFIXES.items() if region.startswith(prefix)), "amazonaws.com")
    return f"{account}.dkr.ecr.{region}.{suffix}/{REPOSITORIES[image]}"


def merger_beside(analyzer: str) -> str:
    """The image that merges for monitors that run ``analyzer``: AWS's merger of the same registry beside AWS's
    analyzer; any other image does both.
    """
    registry, found, repository = analyzer.rpartition("/")
    if not found or repository.split(":", 1)[0] != REPOSITORIES["analyzer"]:
        return analyzer
    return f"{registry}/{REPOSITORIES['groundtruth-merger']}"


def is_aws_image(uri: str) -> bool:
    """Whether an image address is one of SageMaker's own monitors, in any account and with any tag."""
    repository = uri.rsplit("/", 1)[-1].split("@", 1)[0].split(":", 1)[0]
    return "/" in uri and repository in {name.split(":", 1)[0] for name in REPOSITORIES.values()}
