"""Trust policies, judged as IAM would decide for Ververica's account and the external id of a workspace.

What is known of Ververica's request: its account, its external id, and that it comes from neither a network nor an
organisation of ours, with no device and for no service. What depends on anything else is not certain. Keys: IAM User
Guide, "AWS global condition context keys" and "IAM and AWS STS condition context keys".
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from private_connection.access.conditions import FOREIGN, Context, Judged, judge, told
from private_connection.access.statements import Policy, Statement, covers, names, statements, touches

ASSUME: Final = "sts:AssumeRole"
CONDITION: Final = "ROLE_TRUST_CONDITION"
"""The code that a request acknowledges to have a role used which Ververica may not assume as far as we know."""
EXTERNAL_ID: Final = "sts:externalid"
OF_A_STRANGER: Final[Context] = {
    "aws:federatedprovider": (),
    "aws:multifactorauthage": (),
    "aws:multifactorauthpresent": ("false",),
    "aws:principalisawsservice": ("false",),
    "aws:principalorgid": (f"o-{FOREIGN}",),
    "aws:principalorgpaths": (f"o-{FOREIGN}/{FOREIGN}/",),
    "aws:principalservicename": (),
    "aws:principalservicenameslist": (),
    "aws:securetransport": ("true",),
    "aws:sourceaccount": (),
    "aws:sourcearn": (),
    "aws:sourceip": (FOREIGN,),
    "aws:sourceorgid": (),
    "aws:sourceorgpaths": (),
    "aws:sourcevpc": (f"vpc-{FOREIGN}",),
    "aws:sourcevpcarn": (FOREIGN,),
    "aws:sourcevpce": (f"vpce-{FOREIGN}",),
    "aws:viaawsservice": ("false",),
    "aws:vpceaccount": (FOREIGN,),
    "aws:vpceorgid": (f"o-{FOREIGN}",),
    "aws:vpceorgpaths": (f"o-{FOREIGN}/{FOREIGN}/",),
    "aws:vpcsourceip": (FOREIGN,),
}


@dataclass(frozen=True, slots=True)
class Trust:
    """What a trust policy says about Ververica and one workspace."""

    allowed: bool | None
    """Whether Ververica may assume the role for the workspace; None: that depends on what we do not know."""
    because: tuple[str, ...]
    """The conditions that prevent it, or may; none where no statement is about Ververica and the workspace."""
    is_for_workspace: bool
    """Whether a statement names this external id, whatever else it demands."""
    is_for_anyone: bool
    """Whether it may be assumed with any other external id too, which other customers of Ververica have."""


def judge_trust(trust: Policy, principal: str, external_id: str) -> Trust:
    ours, others = (_decided(trust, principal, each) for each in (external_id, FOREIGN))
    named = any(_names_id(each, external_id) for each in _allowing(trust, principal))
    return Trust(
        allowed=ours.met,
        because=ours.because,
        is_for_workspace=named or (ours.met is not False and others.met is False),
        is_for_anyone=others.met is not False,
    )


def serves(trust: Trust, acknowledged: Collection[str]) -> bool:
    """Whether a run takes a role that is named, as far as its trust goes: also one that names Ververica and the
    workspace under a condition of which we do not see that it is met, where the request acknowledges that.
    """
    return trust.allowed is not False or (bool(trust.because) and CONDITION in acknowledged)


def names_principal(trust: Policy, principal: str) -> bool:
    """Whether a trust policy lets this principal assume the role at all, under whatever conditions."""
    return any(True for _ in _allowing(trust, principal))


def _decided(trust: Policy, principal: str, external_id: str) -> Judged:
    """What IAM decides: a Deny if its conditions are met, else the Allow whose conditions are most surely met."""
    account = principal.split(":")[4]
    context = {**OF_A_STRANGER, "aws:principalaccount": (account,), EXTERNAL_ID: (external_id,)}
    taking = [each for each in _allowing(trust, principal) if _of_id(each, external_id) is not False]
    if not taking:
        return Judged(False)
    denied = [(judge(each, context), told(each)) for each in _denying(trust, principal)]
    certain = next((named for judged, named in denied if judged.met), None)
    if certain is not None:
        return Judged(False, (f"a Deny statement{certain}",))
    best = max((judge(each, context) for each in taking), key=_certainty)
    doubts = tuple(f"a Deny statement{named}" for judged, named in denied if judged.met is None)
    return best if best.met is False or not doubts else Judged(None, (*best.because, *doubts))


def _certainty(judged: Judged) -> int:
    return (False, None, True).index(judged.met)


def _allowing(trust: Policy, principal: str) -> Iterator[Statement]:
    return (each for each in statements(trust, "Allow") if covers(each, "Action", ASSUME) and names(each, principal))


def _denying(trust: Policy, principal: str) -> Iterator[Statement]:
    return (each for each in statements(trust, "Deny") if touches(each, "Action", ASSUME) and names(each, principal))


def _names_id(statement: Statement, external_id: str) -> bool:
    return _of_id(statement, external_id) is True and _of_id(statement, FOREIGN) is False


def _of_id(statement: Statement, external_id: str) -> bool | None:
    """Whether the conditions on the external id alone are met."""
    conditions = statement.get("Condition", {})
    alone = {
        operator: {key: value for key, value in keys.items() if key.lower() == EXTERNAL_ID}
        for operator, keys in conditions.items()
    }
    return judge({"Condition": alone}, {EXTERNAL_ID: (external_id,)}).met
