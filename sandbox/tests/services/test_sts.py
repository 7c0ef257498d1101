"""STS: who may assume a role, and what he gets."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.deployment.resolver import ACCOUNT
from sandbox.tests.services.conftest import CONSUMER

ROLE = f"arn:aws:iam::{ACCOUNT}:role/access"
STRANGER = "444455556666"
ID = "the id"


def trust(**changes: Any) -> dict[str, Any]:
    principal = {"AWS": f"arn:aws:iam::{CONSUMER}:root"}
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | changes


def asking_for(external_id: str) -> dict[str, Any]:
    return {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}}


def role(aws: Any, *statements: dict[str, Any], **given: Any) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    aws.iam.create_role(RoleName="access", AssumeRolePolicyDocument=document, **given)


def assume(aws: Any, key: str = CONSUMER, **given: Any) -> dict[str, Any]:
    found = aws.by(key, "sts").assume_role(**{"RoleArn": ROLE, "RoleSessionName": "me"} | given)
    return dict(found)


def refusal(aws: Any, key: str = CONSUMER, **given: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        assume(aws, key, **given)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_a_session_is_the_roles_for_as_long_as_it_was_asked_for(corrected: Any) -> None:
    """API reference, AssumeRole."""
    role(corrected, trust(**asking_for("id-1")))
    answer = assume(corrected, ExternalId="id-1", DurationSeconds=900)
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/access/me"
    given = answer["Credentials"]
    assert given["AccessKeyId"].startswith("ASIA")
    assert given["Expiration"].timestamp() == corrected.conditions.now() + 900
    seen = corrected.by(given["AccessKeyId"], "sts").get_caller_identity()
    assert (seen["Account"], seen["Arn"]) == (ACCOUNT, answer["AssumedRoleUser"]["Arn"])


def test_an_account_is_known_by_its_key(corrected: Any) -> None:
    assert corrected.by(CONSUMER, "sts").get_caller_identity()["Account"] == CONSUMER
    assert corrected.by("test", "sts").get_caller_identity()["Account"] == ACCOUNT


REFUSED: dict[str, tuple[list[dict[str, Any]], str, dict[str, str]]] = {
    "another id": ([trust(**asking_for("id-1"))], CONSUMER, {"ExternalId": "id-2"}),
    "no id": ([trust(**asking_for("id-1"))], CONSUMER, {}),
    "another account": ([trust(**asking_for("id-1"))], STRANGER, {"ExternalId": "id-1"}),
    "a role that is not there": ([trust()], CONSUMER, {"RoleArn": f"{ROLE}s"}),
    "another user of the account": ([trust(Principal={"AWS": f"arn:aws:iam::{CONSUMER}:user/other"})], CONSUMER, {}),
    "a service's role": ([trust(Principal={"Service": "lambda.amazonaws.com"})], CONSUMER, {}),
    "a further condition": (
        [trust(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})],
        CONSUMER,
        {"ExternalId": "id-1"},
    ),
    "denied": ([trust(), trust(Effect="Deny", **asking_for("id-2"))], CONSUMER, {"ExternalId": "id-2"}),
}


@pytest.mark.parametrize(("statements", "key", "given"), REFUSED.values(), ids=REFUSED)
def test_whoever_the_trust_does_not_admit_is_denied_in_the_same_words(
    aws: Any, statements: list[dict[str, Any]], key: str, given: dict[str, str]
) -> None:
    """IAM User Guide, "How to use an external ID ..." and "Policy evaluation logic"; the sentence is that of
    aws/aws-msk-iam-auth issue 108.
    """
    role(aws, *statements)
    code, message, status = refusal(aws, key, **given)
    assert (code, status) == ("AccessDenied", 403)
    asked = given.get("RoleArn", ROLE)
    user = f"arn:aws:iam::{key}:user/administrator"
    assert message == f"User: {user} is not authorized to perform: sts:AssumeRole on resource: {asked}"


ADMITTED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "by its number": (trust(Principal={"AWS": CONSUMER}), {}),
    "among others": (trust(Principal={"AWS": [STRANGER, f"arn:aws:iam::{CONSUMER}:root"]}), {}),
    "as everybody": (trust(Principal="*"), {}),
    "by a pattern": (trust(Condition={"StringLike": {"sts:ExternalId": ["x", "id-*"]}}), {"ExternalId": "id-1"}),
    "with an id that nobody asks for": (trust(), {"ExternalId": "id-1"}),
}


@pytest.mark.parametrize(("statement", "given"), ADMITTED.values(), ids=ADMITTED)
def test_whoever_the_trust_admits_gets_a_session(
    corrected: Any, statement: dict[str, Any], given: dict[str, str]
) -> None:
    """IAM User Guide, "AWS JSON policy elements: Principal"; aws/aws-sdk-js issue 3869 for the last."""
    role(corrected, statement)
    assert assume(corrected, **given)["Credentials"]["AccessKeyId"]


@pytest.mark.parametrize(("given", "seconds"), [({}, 3601), ({"MaxSessionDuration": 7200}, 7201), ({}, 899)])
def test_a_session_is_no_longer_than_the_role_allows(aws: Any, given: dict[str, int], seconds: int) -> None:
    """API reference, AssumeRole, DurationSeconds."""
    role(aws, trust(), **given)
    assert refusal(aws, DurationSeconds=seconds)[::2] == ("ValidationError", 400)


def test_a_session_that_asks_for_another_has_an_hour_at_most(corrected: Any) -> None:
    """IAM User Guide, "Methods to assume a role": role chaining."""
    role(corrected, trust(Principal={"AWS": [CONSUMER, ACCOUNT]}), MaxSessionDuration=7200)
    key = assume(corrected, DurationSeconds=7200)["Credentials"]["AccessKeyId"]
    assert refusal(corrected, key, DurationSeconds=7200)[0] == "ValidationError"
    assert assume(corrected, key, DurationSeconds=3600)


@pytest.mark.parametrize("given", [{"RoleSessionName": "a b"}, {"ExternalId": "x"}, {"ExternalId": "a b"}])
def test_names_and_ids_have_the_characters_that_sts_allows(aws: Any, given: dict[str, str]) -> None:
    """API reference, AssumeRole."""
    role(aws, trust())
    assert refusal(aws, **given)[0] == "ValidationError"


@pytest.mark.parametrize("world", [{"latency": {"iamPropagation": 8}}], indirect=True)
def test_a_new_role_is_assumed_once_it_has_propagated(corrected: Any) -> None:
    """IAM user guide, "Changes that I make are not always immediately visible"."""
    role(corrected, trust())
    assert refusal(corrected)[0] == "AccessDenied"
    corrected.wait(8)
    assert assume(corrected)
