"""A connection that is as a run left it, for close looks at it."""

import json
from collections.abc import Mapping
from typing import Any, Final

from private_connection.access.policies import policy_document
from private_connection.access.sids import marked
from private_connection.naming import access_role
from private_connection.ownership import CREATED_BY, WORKSPACE
from private_connection.paths.target_group_attributes import wanted_attributes
from private_connection.reconcile.closer import LookedCloser, look_closer
from private_connection.reconcile.selection import ChosenConnection, ChosenNode, LookCloser
from private_connection.settings import settings
from tests.unit.builders import ACCOUNT, OURS, Json, tag_list
from tests.unit.described import role, service, tags_by_arn
from tests.unit.fake_aws import FakeAws, Refusal
from tests.unit.reconcile.made import FIRST, NAME, PLACES, REGION, SECOND, a_handoff, asked, path
from tests.unit.registry.stage import FakeTable, settled

HEALTH, PRINCIPALS = "DescribeTargetHealth", "DescribeVpcEndpointServicePermissions"
CONFIGURATIONS = "DescribeVpcEndpointServiceConfigurations"
ATTRIBUTES, POLICY = "DescribeTargetGroupAttributes", "GetRolePolicy"
ROLE: Final = access_role("ws-1")
ROLE_ARN: Final = f"arn:aws:iam::123456789012:role/private-connection/{ROLE}"
ROLE_TAGS: Final = {WORKSPACE: "ws-1", CREATED_BY: "run-1"}
WANTED: Final = marked(policy_document("documented", ROLE_ARN, REGION, NAME), "run-1")
SCOPED: Final = policy_document("scoped", ROLE_ARN, REGION, NAME)
READS: Final[Json] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
OWN: Final = PLACES[FIRST][1]
STRANGER: Final = "arn:aws:iam::444455556666:root"
GONE: Final = Refusal("TargetGroupNotFound")
UNHEALTHY: Final = {"code": "NODE_UNHEALTHY", "node": FIRST}
Told = list[tuple[str, str | None]]


def health(*targets: tuple[str, str], port: int = 6379) -> Json:
    """Addresses, each with its state."""
    return {
        "TargetHealthDescriptions": [
            {"Target": {"Id": address, "Port": port}, "TargetHealth": {"State": state}} for address, state in targets
        ]
    }


def principals(*arns: str) -> Json:
    return {"AllowedPrincipals": [{"Principal": each} for each in arns]}


def attributes(**changes: str) -> Json:
    return {"Attributes": tag_list({**wanted_attributes(cross_zone=False), **changes})}


def listed_service(state: str, tags: Json) -> Json:
    """The first node's service as EC2 lists it."""
    return {"ServiceConfigurations": [service(f"vpce-svc-{FIRST}", tags, ServiceState=state)]}


def with_statements(*more: Json) -> Json:
    return {**WANTED, "Statement": [*WANTED["Statement"], *more]}


def policy(document: Json) -> Json:
    return {
        "RoleName": ROLE,
        "PolicyName": "policy",
        "PolicyDocument": json.dumps(document),
    }


def chosen(*nodes: str, **changes: Any) -> ChosenConnection:
    fields: Json = {"connection": NAME, "revision": 3, "mode": "repair", "policy": True}
    picked = tuple(
        ChosenNode(node=node, load_balancer=f"{path(node)}/1", target_group=f"{path(node)}/2", cross_zone=False)
        for node in nodes or (FIRST,)
    )
    return ChosenConnection(**fields | {"nodes": picked} | changes)


def arns(node: str = FIRST) -> tuple[str, str]:
    return f"{settings().load_balancers}/{path(node)}/1", f"{settings().target_groups}/{path(node)}/2"


class Stage:
    """A connection that is as a run left it."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws, self.table = aws, FakeTable(aws)
        self.lay()
        self.tags: dict[str, Mapping[str, str]] = {arn: OURS for node in (FIRST, SECOND) for arn in arns(node)}
        aws.answers("DescribeTags", self._describe_tags)
        aws.answers("DescribeTargetHealth", lambda each: health((self._address(each["TargetGroupArn"]), "healthy")))
        aws.answers("DescribeTargetGroupAttributes", attributes())
        aws.answers("DescribeVpcEndpointServicePermissions", principals(ACCOUNT))
        aws.answers("GetRolePolicy", policy(WANTED))
        aws.answers("GetRole", {"Role": role(ROLE, path="/private-connection/", tags=ROLE_TAGS)})

    def lay(self, name: str = NAME, request: Json | None = None, **changes: object) -> None:
        handoff = a_handoff(connection=name, role_arn=ROLE_ARN).model_dump(mode="json", by_alias=True)
        item = settled("READY", connection=name, request=asked(connection=name, **request or {}), handoff=handoff)
        self.table.lay(**item | changes)

    def _describe_tags(self, asked_for: Json) -> Json | Refusal:
        if not set(asked_for["ResourceArns"]) <= set(self.tags):
            return GONE
        found = {arn: self.tags[arn] for arn in asked_for["ResourceArns"]}
        described = tags_by_arn({arn: tags for arn, tags in found.items() if tags})["TagDescriptions"]
        return {"TagDescriptions": [*described, *({"ResourceArn": arn} for arn, tags in found.items() if not tags)]}

    def _address(self, group: str) -> str:
        return next(PLACES[node][1] for node in (FIRST, SECOND) if path(node) in group)


def look(*connections: ChosenConnection) -> LookedCloser:
    return look_closer(LookCloser(connections=connections or (chosen(),)))


def told(*connections: ChosenConnection) -> Told:
    return [(drift.code, drift.node) for each in look(*connections).drifted for drift in each.drift]
