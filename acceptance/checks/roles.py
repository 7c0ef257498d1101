"""What is tried on a role of acceptance's own, which nobody may assume and which allows nothing."""

import json
from collections.abc import Mapping
from typing import Any, Final

from acceptance.names import PROBE, tags
from acceptance.trial import Trial
from acceptance.verdicts import Verdict, judged, refused

LAG: Final = 60.0
"""Seconds after which IAM is expected to show what was changed."""


def made(trial: Trial) -> str:
    """The role's name; it is made when it is first asked for."""
    if "role" not in trial.things:
        iam = trial.client("iam")
        nobody = {"Effect": "Deny", "Principal": {"AWS": trial.asked.account}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [nobody]})
        trial.things["role"] = PROBE
        iam.create_role(RoleName=PROBE, AssumeRolePolicyDocument=trust, Tags=tags(trial.workspace))
        trial.site.until(lambda: _there(iam), LAG)
    return PROBE


def _there(iam: Any) -> bool:
    try:
        return bool(iam.get_role(RoleName=PROBE))
    except iam.exceptions.NoSuchEntityException:
        return False


def is_listed(trial: Trial) -> Verdict:
    name = made(trial)
    pages = trial.client("iam").get_paginator("list_roles")

    def look() -> bool:
        return any(each["RoleName"] == name for page in pages.paginate() for each in page["Roles"])

    found, waited = trial.site.until(look, LAG)
    trial.measured["new role listed"] = waited
    return judged(bool(found), f"listed {waited:.0f} s after GetRole showed it" if found else "it is not listed")


def statements_stay_as_written(trial: Trial) -> Verdict:
    written = _document("Second", "First")
    _put(trial, written)
    found, _ = trial.site.until(lambda: _found(trial) == written, LAG)
    return judged(bool(found), "ids and order are as they were written" if found else f"found {_found(trial)}")


def change_is_soon_read(trial: Trial) -> Verdict:
    _put(trial, _document("Before"))
    trial.site.until(lambda: _found(trial) == _document("Before"), LAG)
    _put(trial, _document("After"))
    found, waited = trial.site.until(lambda: _found(trial) == _document("After"), LAG)
    trial.measured["changed policy read"] = waited
    return judged(bool(found), f"GetRolePolicy shows it after {waited:.0f} s" if found else "the former one stays")


def policies_have_a_size(trial: Trial) -> Verdict:
    ids = [f"S{number:04}" for number in range(10_240 // 40)]
    return refused(lambda: _put(trial, _document(*ids)), "LimitExceeded")


def key_in_another_case(trial: Trial) -> Verdict:
    name, iam = made(trial), trial.client("iam")
    iam.tag_role(RoleName=name, Tags=[{"Key": "Cost-Centre", "Value": "1"}])
    iam.tag_role(RoleName=name, Tags=[{"Key": "cost-centre", "Value": "2"}])

    def found() -> dict[str, str]:
        tags = iam.list_role_tags(RoleName=name)["Tags"]
        return {each["Key"]: each["Value"] for each in tags if each["Key"] != PROBE}

    trial.site.until(lambda: found() == {"cost-centre": "2"}, LAG)  # IAM may show a change late
    return judged(found() == {"cost-centre": "2"}, f"shown as {found()}")


def characters_of_tags(trial: Trial) -> Verdict:
    name = made(trial)
    asked = [{"Key": "a*b", "Value": "1"}]
    return refused(lambda: trial.client("iam").tag_role(RoleName=name, Tags=asked), "ValidationError", "InvalidInput")


def _document(*ids: str) -> Mapping[str, Any]:
    statements = [{"Sid": each, "Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*"} for each in ids]
    return {"Version": "2012-10-17", "Statement": statements}


def _put(trial: Trial, document: Mapping[str, Any]) -> None:
    name = made(trial)
    trial.client("iam").put_role_policy(RoleName=name, PolicyName=PROBE, PolicyDocument=json.dumps(document))


def _found(trial: Trial) -> Mapping[str, Any] | None:
    iam = trial.client("iam")
    try:
        found: Mapping[str, Any] = iam.get_role_policy(RoleName=PROBE, PolicyName=PROBE)["PolicyDocument"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return found
