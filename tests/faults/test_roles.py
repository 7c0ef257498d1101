"""What a connection has on a role is found and taken off, whatever somebody changed about the role meanwhile."""

import json
from typing import Any

import boto3

from sandbox.account import Account
from sandbox.faults import Fault
from tests.faults.grounds import ADOPT, READING, removal
from tests.faults.test_shared import request, run

Json = dict[str, Any]
POLICY = "private-connection-us-east-1-orders"
NOBODY: Json = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
EXTRA = "private-connection-extra"


def own_role(account: Account) -> str:
    (name,) = account.snapshot.owned()["role"]
    return name


def marks(role: str) -> set[str]:
    tags = boto3.client("iam").get_role(RoleName=role)["Role"]["Tags"]
    return {tag["Key"].rpartition("/")[2] for tag in tags if tag["Key"].startswith("private-connection/for/")}


def edit_trust(role: str) -> None:
    boto3.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(NOBODY))


def test_a_role_of_ours_is_found_although_its_trust_was_edited_and_what_is_not_ours_on_it_is_told(
    roleless: Account,
) -> None:
    iam = boto3.client("iam")
    run(roleless, "provision", ADOPT)
    role = own_role(roleless)
    edit_trust(role)
    iam.put_role_policy(RoleName=role, PolicyName=EXTRA, PolicyDocument=json.dumps(READING))
    report = run(roleless, "teardown", removal("adopt"))
    (kept,) = (each for each in report.output["kept"] if each["kind"] == "role")
    assert (kept["name"], EXTRA in kept["why"]) == (role, True)
    assert roleless.snapshot.owned() == {"role": [role], "rolePolicy": [f"{role}/{EXTRA}"]}
    iam.delete_role_policy(RoleName=role, PolicyName=EXTRA)
    assert run(roleless, "teardown", removal("adopt")).output["clean"]
    assert (roleless.snapshot.owned(), roleless.snapshot.foreign_changes()) == ({}, [])


def test_the_policy_goes_from_a_role_that_may_be_extended_although_its_trust_was_edited(adopted: Account) -> None:
    assert adopted.snapshot.owned()["rolePolicy"] == [f"team/{POLICY}"]
    with adopted.snapshot.expecting():
        edit_trust("team")
    run(adopted, "teardown", removal("adopt"))
    assert (adopted.snapshot.owned(), adopted.snapshot.foreign_changes()) == ({}, [])


def test_no_mark_is_left_on_a_role_that_another_connection_keeps(roleless: Account) -> None:
    """By a run that put its mark there and no policy, and where the answer to the deletion of the policy was lost."""
    denied = Fault(operation="iam:PutRolePolicy", error="AccessDenied", times=90)
    lost = Fault(operation="iam:DeleteRolePolicy", error="InternalError", times=4, applied=True)
    run(roleless, "provision", request(ADOPT, "first"))
    failed = roleless.run("provision", request(ADOPT, "second"), faults=[denied])
    assert (failed.status, failed.error) == ("FAILED", "AwsRejected")
    assert marks(own_role(roleless)) == {"first"}
    run(roleless, "provision", request(ADOPT, "second"))
    assert marks(own_role(roleless)) == {"first", "second"}
    assert roleless.run("teardown", {"connection": "first"}, faults=[lost]).status == "SUCCEEDED"
    assert marks(own_role(roleless)) == {"second"}


def test_a_role_goes_with_the_rollback_of_its_last_user_although_another_connection_had_it_made(
    roleless: Account,
) -> None:
    """Which was torn down while the rollback was not complete, because it could see nothing."""
    denied = Fault(operation="ec2:ModifyVpcEndpointServicePermissions", error="UnauthorizedOperation", times=90)
    unseen = Fault(function="find_owned", error="Timeout", times=90)
    run(roleless, "provision", request(ADOPT, "first"))
    failed = roleless.run("provision", request(ADOPT, "second"), faults=[denied, unseen])
    assert (failed.status, failed.error) == ("FAILED", "RollbackIncomplete")
    assert marks(own_role(roleless)) == {"first", "second"}
    run(roleless, "teardown", {"connection": "first"})
    assert marks(own_role(roleless)) == {"second"}
    run(roleless, "teardown", {"connection": "second"})
    assert (roleless.snapshot.owned(), roleless.snapshot.foreign_changes()) == ({}, [])
