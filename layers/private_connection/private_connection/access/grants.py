"""Grants: a connection's inline policy and tag on the role that Ververica assumes.

The connections of a workspace share a role. Teardown of the last of them deletes the role, if we created it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from private_connection import clients
from private_connection.access.role_policies import (
    delete_role_policy,
    find_role_policy,
    list_attached_policies,
    list_role_policies,
    put_role_policy,
)
from private_connection.access.roles import (
    Role,
    connection_tag,
    find_role,
    is_at_our_place,
    is_extendable,
    is_own_role,
    list_roles,
    put_trust,
)
from private_connection.access.sids import has_statements, later_marks, mark_of, marks_in, without
from private_connection.access.statements import Policy
from private_connection.access.trust import names_principal
from private_connection.contracts import ConnectionName, Contract, Done
from private_connection.errors import doing
from private_connection.naming import access_policy
from private_connection.ownership import CREATED_BY, SERVES, users_in
from private_connection.settings import settings

OWN_LOOKED_AT_WHOLLY = 40
"""Up to so many roles of ours have all their policies looked up; of more, those whose tags ask for it."""
OTHERS_LOOKED_AT = 100
"""Roles of others of which the policies are looked up. A call takes 0.1 to 0.3 s, and a function has 60 s."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a connection has on a role."""

    role: Role
    leaves_marks: bool
    """Whether the connection's policy is on it, or its tag on a role that others keep."""
    is_removable: bool
    """Whether we created the role, this connection uses it, and no other connection does."""
    is_foreign: bool
    """Whether it is where ours are, with this connection's tag, and lacks one of our marks."""
    foreign_policies: tuple[str, ...] = ()
    """Policies on it that are no connection's; looked up only if it is removable."""
    marks: tuple[str, ...] = ()
    """The marks of the runs of which a rollback would take something off."""
    maker: str = ""
    """The run with which the role goes; empty for what is not ours."""


class RemovePolicy(Contract):
    connection: ConnectionName
    role_name: str
    created_by: tuple[str, ...] | None
    """The makers whose statements alone are taken off; null for the whole policy."""


def list_grants(connection: str) -> Iterator[Grant]:
    """The grants of a connection, on roles of ours and of others. A role that goes meanwhile is left out.

    Our own are found by path and name, whatever their trust says now. IAM lists neither tags nor policies, so a role of
    ours costs two calls, or one where there are many, and each of the others one.
    """
    roles, policy = list_roles(), access_policy(settings().region, connection)
    ours = [each for each in roles if is_at_our_place(each)]
    for role in filter(None, (find_role(each.name) for each in ours)):
        if len(ours) <= OWN_LOOKED_AT_WHOLLY or _may_be_used(role, connection):
            yield _grant(role, connection)
    for listed in _others(roles):
        if policy in list_role_policies(listed.name):
            marks = tuple(sorted(marks_in(find_role_policy(listed.name, policy) or {})))
            yield Grant(listed, leaves_marks=True, is_removable=False, is_foreign=False, marks=marks)


def _others(roles: list[Role]) -> Iterator[Role]:
    """The roles of others that may carry a policy of ours, the likeliest first.

    Ververica may assume such a role, unless its trust was edited, and it may be extended, unless the deployment listed
    it before and does so no more: then the policy is found, and what remains is told.
    """
    principal = settings().ververica_principal
    others = [each for each in roles if not is_at_our_place(each)]
    judged = [(is_extendable(each), names_principal(each.trust, principal), each) for each in others]
    likely = [each for each in judged if each[0] or each[1]]
    likely.sort(key=lambda each: each[:2], reverse=True)
    return (role for _, _, role in likely[:OTHERS_LOOKED_AT])


def _may_be_used(role: Role, connection: str) -> bool:
    """Whether its tags say that the connection uses it, or say of no connection that it does."""
    return connection_tag(connection) in role.tags or not any(key.startswith(SERVES) for key in role.tags)


def _grant(role: Role, connection: str) -> Grant:
    policy, policies = access_policy(settings().region, connection), list_role_policies(role.name)
    is_marked = _is_marked(role, connection)
    shared = policies_of_others(role, connection, policies)
    removable = is_marked and not shared
    foreign = (*(each for each in policies if each != policy), *list_attached_policies(role.name)) if removable else ()
    is_foreign = connection_tag(connection) in role.tags and not is_own_role(role)
    leaves = policy in policies or (is_marked and bool(shared))
    marks = _marks(role, connection, shared, find_role_policy(role.name, policy) if policy in policies else None)
    return Grant(role, leaves, removable, is_foreign, foreign, marks, _maker(role, connection))


def _marks(role: Role, connection: str, shared: Collection[str], document: Policy | None) -> tuple[str, ...]:
    """The marks in the policy, or the one of the tag that it left where it has gone; and in the trust those of what
    was added to it, as long as no other connection uses the role.
    """
    tagged = mark_of(role.tags.get(connection_tag(connection), ""))
    written = {tagged} if document is None else marks_in(document)
    added = later_marks(role.trust) if is_own_role(role) and not shared else ()
    return tuple(sorted({*written, *added}))


def _maker(role: Role, connection: str) -> str:
    """Of a role that no other connection uses, the run that had this one use it: whoever created it may have left."""
    if not is_own_role(role):
        return ""
    tag = connection_tag(connection)
    return role.tags[tag if users_in(role.tags) == users_in({tag: ""}) else CREATED_BY]


def policies_of_others(role: Role, connection: str, policies: list[str]) -> set[str]:
    """The policies of the other connections that have their tag on the role.

    A policy without such a tag is somebody's own, whatever its name is.
    """
    users = (key.removeprefix(SERVES).partition("/") for key in role.tags if key.startswith(SERVES))
    named = {access_policy(region, user) for region, _, user in users}
    return (named - {access_policy(settings().region, connection)}) & set(policies)


def remove_policy(request: RemovePolicy) -> Done:
    """Removes a connection's policy from a role, and its tag if other connections use the role. Absence is success.

    With ``created_by`` only what these runs wrote goes, and the policy with the last statement; also what they wrote in
    the trust, if we made the role and no other connection uses it. The tag goes also where the policy was absent: the
    answer to its deletion may have been lost.
    """
    role = find_role(request.role_name)
    if role is None:
        return Done()
    shared = policies_of_others(role, request.connection, list_role_policies(role.name)) if is_own_role(role) else ()
    if request.created_by is not None and is_own_role(role) and not shared:
        _take_out_of_trust(role, request.created_by)
    is_gone = _take_out_of_policy(role, access_policy(settings().region, request.connection), request.created_by)
    if is_gone and _is_marked(role, request.connection) and _is_tag_to_go(role, request, shared):
        _unshare(role.name, connection_tag(request.connection))
    return Done()


def _take_out_of_policy(role: Role, name: str, makers: Collection[str] | None) -> bool:
    """Whether nothing of the policy is left."""
    found = None if makers is None else find_role_policy(role.name, name)
    rest = {} if found is None or makers is None else without(found, set(map(mark_of, makers)))
    if not has_statements(rest):
        delete_role_policy(role.name, name)
        return True
    if rest != found:
        put_role_policy(role.name, name, rest)
    return False


def _take_out_of_trust(role: Role, makers: Collection[str]) -> None:
    marks = later_marks(role.trust).intersection(map(mark_of, makers))
    if marks:
        put_trust(role.name, without(role.trust, marks))


def _is_tag_to_go(role: Role, request: RemovePolicy, shared: Collection[str]) -> bool:
    """Whether the connection's tag goes with its policy: not from a role that goes next, and is known by the tag; nor
    if another run than these put it there.
    """
    makers, tagged_by = request.created_by, role.tags[connection_tag(request.connection)]
    if makers is None:
        return bool(shared)
    return tagged_by in makers and (bool(shared) or _maker(role, request.connection) not in makers)


def _is_marked(role: Role, connection: str) -> bool:
    return is_own_role(role) and connection_tag(connection) in role.tags


def _unshare(role_name: str, tag: str) -> None:
    with doing("untagging role", role_name, not_yet=("ConcurrentModification",)):
        try:
            clients.iam().untag_role(RoleName=role_name, TagKeys=[tag])
        except clients.iam().exceptions.NoSuchEntityException:
            return
