"""IAM: a new role is visible a moment later, and documents that are too large are refused.

A new role's name is taken at once (a second creation is refused), but reads and writes do not find it until it has
propagated ("Changes that I make are not always immediately visible", IAM user guide). Sizes are
counted without white space, and tags on a role ("IAM and AWS STS quotas"). Keys of tags are the same whatever their
case, which is kept ("Rules for tagging in IAM and AWS STS": a role cannot have both Department and department; that the
one that is written later takes the other's place is assumed). Statement ids are letters and digits, and
each is there once in a document (IAM user guide, "IAM JSON policy elements: Sid").
"""

import json
import re
from collections.abc import Callable
from math import inf
from typing import Any

from moto.core.responses import ActionResult
from moto.core.serialize import url_encode
from moto.iam.policy_validation import IAMPolicyDocumentValidator, IAMTrustPolicyDocumentValidator
from moto.iam.responses import IamResponse

from sandbox.services.common import Corrected, Refused, added_tags, page, tags_of, valid
from sandbox.services.simulation import Simulation

ROLE_NAME, POLICY_NAME = r"[\w+=,.@-]{1,64}", r"[\w+=,.@-]{1,128}"
PATH = r"/|/[!-\x7e]{1,510}/"
STATEMENT_ID = r"[0-9A-Za-z]*"
PRINCIPAL = r"\*|\d{12}|arn:aws:(iam|sts)::\d{12}:[\w+=,.@/-]+"
TAGS = 50
"""Tags on a role ("IAM and AWS STS quotas"; the API reference of TagRole names the error)."""
BY_ROLE_NAME = (
    "get_role",
    "delete_role",
    "put_role_policy",
    "get_role_policy",
    "delete_role_policy",
    "list_role_policies",
    "list_attached_role_policies",
    "attach_role_policy",
    "detach_role_policy",
    "tag_role",
    "untag_role",
    "list_role_tags",
    "update_role",
    "update_assume_role_policy",
    "put_role_permissions_boundary",
)


class Iam(Simulation, Corrected, IamResponse):
    """Corrected responses."""

    RESPONSE_KEY_PATH_TO_TRANSFORMER = IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER | {
        "ListRolesResponse.Roles.Role.AssumeRolePolicyDocument": url_encode
    }

    @property
    def _visible_at(self) -> dict[str, float]:
        found: dict[str, float] = self.backend.__dict__.setdefault("visible_at", {})
        return found

    def _visible(self, role: Any) -> bool:
        return is_visible(self.backend, role, self.now())

    def _require(self, role_name: str) -> None:
        if not any(each.name == role_name and self._visible(each) for each in self.backend.get_roles()):
            raise Refused("NoSuchEntity", f"The role with name {role_name} cannot be found.")

    def create_role(self) -> ActionResult:
        p = self._get_params()
        _check_role(p)
        if p["RoleName"].lower() in {each.name.lower() for each in self.backend.get_roles()}:
            raise Refused("EntityAlreadyExists", f"Role with name {p['RoleName']} already exists.")
        self._check_trust(p["AssumeRolePolicyDocument"])
        boundary = p.get("PermissionsBoundary")
        if boundary and boundary not in self.backend.managed_policies:
            raise Refused("NoSuchEntity", f"Scope ARN: {boundary} does not exist or is not attachable.")
        if len(self.backend.roles) >= self.conditions.quotas.roles:
            raise Refused("LimitExceeded", f"Cannot exceed quota for RolesPerAccount: {self.conditions.quotas.roles}")
        answer = super().create_role()
        made = answer.result["Role"]
        self._visible_at[made.id] = self.now() + self.conditions.draw("iam_propagation")
        return answer

    def _check_trust(self, document: str) -> None:
        most = self.conditions.quotas.trust_policy_length
        if _size(document) > most:
            raise Refused("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {most}")
        IAMTrustPolicyDocumentValidator(document).validate()
        _check_statement_ids(document)
        for principal in _aws_principals(json.loads(document)):
            if not valid(PRINCIPAL, principal):
                raise Refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{principal}"')

    def list_roles(self) -> ActionResult:
        prefix = self._get_param("PathPrefix", "/")
        found = [each for each in self.backend.get_roles() if each.path.startswith(prefix) and self._visible(each)]
        limit, marker = int(self._get_param("MaxItems", 100)), self._get_param("Marker")
        shown, following = page(sorted(found, key=lambda each: each.name), limit, marker)
        return ActionResult({"Roles": shown, "IsTruncated": following is not None, "Marker": following})

    def update_assume_role_policy(self) -> ActionResult:
        self._check_trust(self._get_param("PolicyDocument"))
        return super().update_assume_role_policy()

    def tag_role(self) -> ActionResult:
        role = self.backend.get_role(self._get_param("RoleName"))
        there, given = {tag["Key"] for tag in role.tags or ()}, tags_of(self._get_param("Tags")).keys()
        keys, same = given - there, {each.lower() for each in given}
        others = [tag for tag in role.tags or () if tag["Key"].lower() not in same]
        if len(others) + len(given) > TAGS:
            raise Refused("LimitExceeded", f"Cannot exceed quota for TagsPerRole: {TAGS}")
        answer = super().tag_role()
        role.tags = [*others, *(tag for tag in role.tags if tag["Key"] in given)]
        added_tags("iam", "").setdefault(role.id, set()).update(keys)
        return answer

    def put_role_policy(self) -> ActionResult:
        p, most = self._get_params(), self.conditions.quotas.inline_policy_length
        if not valid(POLICY_NAME, p["PolicyName"]):
            raise Refused("ValidationError", f"Value '{p['PolicyName']}' at 'policyName' is not valid")
        policies = self.backend.get_role(p["RoleName"]).policies | {p["PolicyName"]: p["PolicyDocument"]}
        if sum(_size(document) for document in policies.values()) > most:
            message = f"Maximum policy size of {most} bytes exceeded for role {p['RoleName']}"
            raise Refused("LimitExceeded", message)
        IAMPolicyDocumentValidator(p["PolicyDocument"]).validate()
        _check_statement_ids(p["PolicyDocument"])
        return super().put_role_policy()


def is_visible(iam: Any, role: Any, now: float) -> bool:
    """Whether a role has propagated, of which moto's backend knows from the beginning."""
    visible_at: dict[str, float] = iam.__dict__.get("visible_at", {})
    return visible_at.get(role.id, -inf) <= now


def _once_visible(operation: Callable[[Iam], ActionResult]) -> Callable[[Iam], ActionResult]:
    def guarded(self: Iam) -> ActionResult:
        self._require(self._get_param("RoleName"))
        return operation(self)

    return guarded


for _name in BY_ROLE_NAME:
    setattr(Iam, _name, _once_visible(getattr(Iam, _name)))


def _size(document: str) -> int:
    return len(re.sub(r"\s", "", document))


def _statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    statements = document["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _check_statement_ids(document: str) -> None:
    """Refuses ids with other characters than letters and digits; moto refuses one that is there twice."""
    if not all(valid(STATEMENT_ID, each.get("Sid", "")) for each in _statements(json.loads(document))):
        message = f"Statement IDs (SID) must be alpha-numeric. Check that your input satisfies {STATEMENT_ID}"
        raise Refused("MalformedPolicyDocument", message)


def _aws_principals(document: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for statement in _statements(document):
        principal = statement.get("Principal")
        named = principal.get("AWS", []) if isinstance(principal, dict) else []
        found += [named] if isinstance(named, str) else named
    return found


def _check_role(p: dict[str, Any]) -> None:
    if not valid(ROLE_NAME, p.get("RoleName")):
        raise Refused("ValidationError", f"Value '{p.get('RoleName')}' at 'roleName' is not valid")
    if not valid(PATH, p.get("Path", "/")):
        raise Refused("ValidationError", f"Value '{p['Path']}' at 'path' must begin and end with /")
    if len(p.get("Description", "")) > 1000:
        raise Refused("ValidationError", "Value at 'description' must have length less than or equal to 1000")
    if not 3600 <= int(p.get("MaxSessionDuration", 3600)) <= 43_200:
        raise Refused("ValidationError", "Value at 'maxSessionDuration' must be between 3600 and 43200")
