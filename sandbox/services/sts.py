"""STS: a role is assumed by whom its trust policy admits, and what comes of it is a session of that role.

Sources: STS API reference, AssumeRole and GetCallerIdentity. It refuses alike what the trust does not admit, an
external id that is not the role's, and a role that is not there (aws/aws-msk-iam-auth issue 108 and
phillbaker/terraform-provider-elasticsearch issue 346 have the sentence), so that nobody learns which roles there are. A
session longer than the role's is a ValidationError, in the words of published logs.
"""

from datetime import UTC, datetime
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.sts.responses import TokenResponse

from sandbox.authorization.trust import ASSUME, trusts
from sandbox.callers import TEMPORARY, Caller
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import Answer, Corrected, Refused, backend, valid
from sandbox.services.iam import is_visible

SESSION_NAME, EXTERNAL_ID = r"[\w+=,.@-]{2,64}", r"[\w+=,.@:/-]{2,1224}"
SHORTEST, CHAINED, LONGEST = 900, 3_600, 43_200
"""Seconds: of any session, of one that another session's role asks for, of any."""
FORBIDDEN: Final = 403
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Sts(Corrected, TokenResponse):
    """Corrected responses."""

    def assume_role(self) -> ActionResult:
        p = self._get_params()
        seconds = int(p.get("DurationSeconds", CHAINED))
        _check(p, seconds)
        role = self._trusting(p)
        if seconds > int(role.max_session_duration) or (self.caller.role is not None and seconds > CHAINED):
            message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            raise Refused("ValidationError", message)
        key, arn = f"{TEMPORARY}{_drawn(16)}", f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/{p['RoleSessionName']}"
        expires = self.now() + seconds
        self.conditions.sessions[key] = Caller(ACCOUNT, arn, role.id, expires)
        credentials = {
            "AccessKeyId": key,
            "SecretAccessKey": _drawn(40),
            "SessionToken": _drawn(200),
            "Expiration": datetime.fromtimestamp(expires, UTC),
        }
        user = {"AssumedRoleId": f"{role.id}:{p['RoleSessionName']}", "Arn": arn}
        return Answer({"Credentials": credentials, "AssumedRoleUser": user})

    def _trusting(self, p: dict[str, Any]) -> Any:
        given = {"sts:RoleSessionName": p["RoleSessionName"]}
        given |= {"sts:ExternalId": p["ExternalId"]} if "ExternalId" in p else {}
        iam = backend("iam", self.region)
        for role in iam.get_roles():
            visible = role.arn == p["RoleArn"] and is_visible(iam, role, self.now())
            if visible and trusts(role.assume_role_policy_document, self.caller, given):
                return role
        told = f"User: {self.caller.arn} is not authorized to perform: {ASSUME} on resource: {p['RoleArn']}"
        raise Refused("AccessDenied", told, FORBIDDEN)

    def get_caller_identity(self) -> ActionResult:
        caller = self.caller
        return Answer({"UserId": caller.role or "AIDASANDBOX", "Account": caller.account, "Arn": caller.arn})


def _check(p: dict[str, Any], seconds: int) -> None:
    if "Policy" in p or "PolicyArns" in p:
        raise NotImplementedError("a session with a policy of its own")
    if not valid(SESSION_NAME, p["RoleSessionName"]):
        raise Refused("ValidationError", f"Value '{p['RoleSessionName']}' at 'roleSessionName' is not valid")
    if "ExternalId" in p and not valid(EXTERNAL_ID, p["ExternalId"]):
        raise Refused("ValidationError", f"Value '{p['ExternalId']}' at 'externalId' is not valid")
    if not SHORTEST <= seconds <= LONGEST:
        raise Refused("ValidationError", f"Value '{seconds}' at 'durationSeconds' is not between 900 and 43200")


def _drawn(length: int) -> str:
    return "".join(mock_random.choice(LETTERS) for _ in range(length))
