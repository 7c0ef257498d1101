"""IAM: what is seen only a moment later, names, sizes and boundaries."""

import json
from typing import Any

import pytest

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "ws-1"}},
        }
    ],
}
POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "elasticache:*", "Resource": "*"}],
}
SLOW = {"latency": {"iamPropagation": 3}}


def create(aws: Any, name: str = "access", **changes: Any) -> Any:
    request = {"RoleName": name, "AssumeRolePolicyDocument": json.dumps(TRUST)} | changes
    return aws.iam.create_role(**request)["Role"]


@pytest.mark.parametrize("world", [SLOW], indirect=True)
def test_new_role_is_not_found_for_a_moment(corrected: Any) -> None:
    create(corrected)
    for operation in ("get_role", "list_role_policies", "list_attached_role_policies", "delete_role"):
        with corrected.refused("NoSuchEntity"):
            getattr(corrected.iam, operation)(RoleName="access")
    with corrected.refused("NoSuchEntity"):
        corrected.iam.put_role_policy(RoleName="access", PolicyName="p", PolicyDocument=json.dumps(POLICY))
    assert corrected.iam.list_roles()["Roles"] == []
    with corrected.refused("EntityAlreadyExists"):
        create(corrected)
    corrected.wait(3)
    assert corrected.iam.get_role(RoleName="access")["Role"]["AssumeRolePolicyDocument"] == TRUST
    assert corrected.iam.list_roles()["Roles"][0]["AssumeRolePolicyDocument"] == TRUST


def test_names_differ_by_more_than_case(aws: Any) -> None:
    create(aws)
    with aws.refused("EntityAlreadyExists"):
        create(aws, "ACCESS")


@pytest.mark.parametrize(
    "changes",
    [
        {"RoleName": "a" * 65},
        {"RoleName": "a b"},
        {"Path": "private"},
        {"Description": "a" * 1001},
        {"MaxSessionDuration": 60},
    ],
    ids=["long name", "name with a space", "path", "description", "session"],
)
def test_refuses_role(aws: Any, changes: dict[str, Any]) -> None:
    with aws.refused("ValidationError"):
        create(aws, **changes)


def test_trust_policy_is_limited_without_its_white_space(aws: Any) -> None:
    create(aws, AssumeRolePolicyDocument=json.dumps(TRUST, indent=200))
    long = json.loads(json.dumps(TRUST))
    long["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = "a" * 2048
    with aws.refused("LimitExceeded"):
        create(aws, "other", AssumeRolePolicyDocument=json.dumps(long))


def test_trust_policy_is_one(aws: Any) -> None:
    with aws.refused("MalformedPolicyDocument"):
        create(aws, AssumeRolePolicyDocument="{}")


def test_trust_policy_names_a_principal(aws: Any) -> None:
    wrong = TRUST | {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "consumer"}, "Action": "sts:AssumeRole"}]}
    with aws.refused("MalformedPolicyDocument"):
        create(aws, AssumeRolePolicyDocument=json.dumps(wrong))


def write(aws: Any, document: dict[str, Any], *ids: str) -> None:
    """Writes a role's trust or an inline policy, with a statement of each id."""
    named = json.dumps(document | {"Statement": [document["Statement"][0] | {"Sid": each} for each in ids]})
    if document is TRUST:
        aws.iam.update_assume_role_policy(RoleName="access", PolicyDocument=named)
    else:
        aws.iam.put_role_policy(RoleName="access", PolicyName="p", PolicyDocument=named)


DOCUMENTS = pytest.mark.parametrize("document", [TRUST, POLICY], ids=["trust", "policy"])


@DOCUMENTS
def test_statement_ids_are_letters_and_digits(aws: Any, document: dict[str, Any]) -> None:
    """IAM user guide, "IAM JSON policy elements: Sid"; aws-cloudformation/cfn-lint#1376 shows the refusal."""
    create(aws)
    write(aws, document, "Run1", "run1", "")
    for wrong in ("run-1", "run 1"):
        with aws.refused("MalformedPolicyDocument"):
            write(aws, document, wrong)


@DOCUMENTS
def test_a_statement_id_is_there_once_in_a_document(corrected: Any, document: dict[str, Any]) -> None:
    """IAM user guide, "IAM JSON policy elements: Sid"; kubernetes/kops#4951 shows the refusal."""
    create(corrected)
    with corrected.refused("MalformedPolicyDocument"):
        write(corrected, document, "Run1", "Run1")


def test_inline_policies_of_a_role_are_limited_together(aws: Any) -> None:
    create(aws)
    statement = POLICY["Statement"][0] | {"Resource": ["arn:aws:s3:::" + "a" * 60] * 70}
    large = POLICY | {"Statement": [statement]}
    aws.iam.put_role_policy(RoleName="access", PolicyName="one", PolicyDocument=json.dumps(large))
    aws.iam.put_role_policy(RoleName="access", PolicyName="one", PolicyDocument=json.dumps(large, indent=50))
    with aws.refused("LimitExceeded"):
        aws.iam.put_role_policy(RoleName="access", PolicyName="two", PolicyDocument=json.dumps(large))


def test_tags_of_a_role_are_limited(aws: Any) -> None:
    """IAM and AWS STS quotas: 50 tags on a role. A tag that is there already may be written again."""
    tags = [{"Key": f"key-{number}", "Value": "x"} for number in range(50)]
    create(aws, Tags=tags[:1])
    aws.iam.tag_role(RoleName="access", Tags=tags)
    with aws.refused("LimitExceeded"):
        aws.iam.tag_role(RoleName="access", Tags=[{"Key": "another", "Value": "x"}])
    assert len(aws.iam.list_role_tags(RoleName="access")["Tags"]) == 50


def test_policy_name_is_one(aws: Any) -> None:
    create(aws)
    with aws.refused("ValidationError"):
        aws.iam.put_role_policy(RoleName="access", PolicyName="a" * 129, PolicyDocument=json.dumps(POLICY))


def test_boundary_must_exist(aws: Any) -> None:
    with aws.refused("NoSuchEntity"):
        create(aws, PermissionsBoundary="arn:aws:iam::123456789012:policy/other")


@pytest.mark.parametrize("world", [{"policies": [{"name": "edge"}]}], indirect=True)
def test_boundary_that_exists(corrected: Any) -> None:
    arn = "arn:aws:iam::123456789012:policy/edge"
    assert corrected.iam.get_policy(PolicyArn=arn)["Policy"]["PolicyName"] == "edge"
    create(corrected, PermissionsBoundary=arn)
    shown = corrected.iam.get_role(RoleName="access")["Role"]
    assert shown["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn


@pytest.mark.parametrize("world", [{"quotas": {"roles": 1}}], indirect=True)
def test_roles_are_limited(corrected: Any) -> None:
    create(corrected)
    with corrected.refused("LimitExceeded"):
        create(corrected, "more")


def test_roles_are_paged(corrected: Any) -> None:
    for number in range(3):
        create(corrected, f"role-{number}")
    first = corrected.iam.list_roles(MaxItems=2)
    rest = corrected.iam.list_roles(MaxItems=2, Marker=first["Marker"])
    assert [each["RoleName"] for each in first["Roles"] + rest["Roles"]] == ["role-0", "role-1", "role-2"]
    assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)


def test_role_with_a_policy_is_not_deleted(corrected: Any) -> None:
    create(corrected, Tags=[{"Key": "a", "Value": "b"}])
    corrected.iam.put_role_policy(RoleName="access", PolicyName="p", PolicyDocument=json.dumps(POLICY))
    with corrected.refused("DeleteConflict"):
        corrected.iam.delete_role(RoleName="access")
    corrected.iam.delete_role_policy(RoleName="access", PolicyName="p")
    corrected.iam.delete_role(RoleName="access")
    with corrected.refused("NoSuchEntity"):
        corrected.iam.get_role(RoleName="access")


def test_a_tag_in_another_case_takes_the_place_of_the_one_that_is_there(corrected: Any) -> None:
    """IAM User Guide, "Rules for tagging in IAM and AWS STS": keys are the same whatever their case, which is kept."""
    create(corrected, Tags=[{"Key": "Team", "Value": "a"}, {"Key": "Costs", "Value": "1"}])
    corrected.iam.tag_role(RoleName="access", Tags=[{"Key": "team", "Value": "b"}])
    found = {each["Key"]: each["Value"] for each in corrected.iam.list_role_tags(RoleName="access")["Tags"]}
    assert found == {"Costs": "1", "team": "b"}


def test_roles_at_a_path_are_listed_without_their_tags(corrected: Any) -> None:
    """IAM API reference, ListRoles: PathPrefix, and the attributes that it does not return."""
    create(corrected, "ours", Path="/team/", Tags=[{"Key": "team", "Value": "payments"}])
    create(corrected, "below", Path="/team/more/")
    create(corrected, "theirs")
    found = corrected.iam.list_roles(PathPrefix="/team/")["Roles"]
    assert [each["RoleName"] for each in found] == ["below", "ours"]
    assert [each for each in found if "Tags" in each or "PermissionsBoundary" in each] == []
    assert corrected.iam.get_role(RoleName="ours")["Role"]["Tags"]
