"""The judge sees each kind of fault: something is broken by hand in an account where all is well, and it says so."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Final

import pytest

from sandbox.account import Account
from sandbox.scenarios.forks import Holder
from sandbox.world import apply_event
from tests.exactness.change import Change, remaining, wrong
from tests.exactness.hands import ENDPOINT, Hands
from tests.exactness.ready import Ready, inexact
from tests.exactness.view import Json, view
from tests.faults.sequences import LATE, laid

REQUEST: Final = {
    "connection": "first",
    "workspaceId": LATE,
    "cluster": {"id": "redis-demo", "create": {"replicasPerShard": 1}},
    "tags": {"team": "payments"},
}
OTHER: Final = {"connection": "second", "workspaceId": LATE, "cluster": {"id": "redis-demo"}}
Held = tuple[Account, Ready]


@contextmanager
def connected() -> Iterator[Held]:
    with laid(0) as account:
        output = account.run("provision", REQUEST).output
        yield account, Ready(view(account), REQUEST, output, ())


@cache
def ground(asking: int) -> "Holder[Held]":
    del asking  # a worker inherits its parent's cache
    return Holder(connected)


def exactness(held: Held, *done: str) -> list[str]:
    """Asked in a fork: what the judge says after this was done by hand."""
    account, former = held
    hands = Hands(former)
    for each in done:
        getattr(hands, each)()
    return list(inexact(replace(former, view=view(account))))


INEXACT: Final = {
    "add_load_balancer": "loadBalancer pc-more is not asked for",
    "add_target_group": "targetGroup pc-more is not asked for",
    "mark_service": "endpointService vpce-svc-",
    "add_subnet_group": "cacheSubnetGroup private-connection-former is not asked for",
    "add_security_group": "securityGroup sg-",
    "mark_cluster": "replicationGroup orders is not asked for",
    "mark_role": "role guest is used by first, not asked for",
    "put_policy_on_another_role": "is on role guest",
    "add_listener": "leads to",
    "add_zone": "not ['us-east-1a']",
    "add_rule": "is not asked for, and no finding names it",
    "admit_by_a_rule_of_others": "which a rule of others admits",
    "revoke_rule": "is admitted on 6379 by no rule",
    "widen_policy": "s3:*",
    "delete_policy": "has no policy private-connection-us-east-1-first",
    "widen_trust": "workspace-9",
    "untag_role": "does not say that first uses it",
    "register_another": "172.31.0.99:6379",
    "deregister": "holds [], its node has",
    "admit_another": "111122223333",
    "stop_offering": "is wanted, and admits []",
    "accept_everybody": "accepts whoever asks",
    "delete_service": "there is no service",
    "untag": "has the tag team None",
}


def test_all_is_well_where_nothing_is_broken() -> None:
    assert ground(os.getpid()).ask(exactness) == []


@pytest.mark.parametrize("done", INEXACT)
def test_what_is_not_exactly_as_it_was_asked_for_is_said(done: str) -> None:
    problems = ground(os.getpid()).ask(exactness, done)
    assert any(INEXACT[done] in each for each in problems), problems


def of_no_tags(held: Held, *findings: Json) -> list[str]:
    """Asked in a fork: the request is taken for one that leaves the tags out."""
    _, former = held
    handoff = {**former.handoff, "findings": list(findings)}
    return list(inexact(replace(former, request={**REQUEST, "tags": {}}, handoff=handoff, former=("team",))))


def test_a_tag_that_is_not_asked_for_any_more_is_gone_or_named() -> None:
    ask = ground(os.getpid()).ask
    problems = [each for each in ask(of_no_tags) if "has the tag team, which is not asked for any more" in each]
    assert {each.split()[0] for each in problems} == {"endpointService", "loadBalancer", "targetGroup"}
    told = {"code": "SURPLUS_LEFT", "message": "found (tags of first: denied; tags of pc-first: denied)"}
    assert not any("the tag team" in each for each in ask(of_no_tags, told))


def of_fewer_nodes(held: Held, finding: Json | None) -> list[str]:
    """Asked in a fork: a hand-off without the first of its nodes, which is one of the cluster no more."""
    account, former = held
    gone = former.rows[0]["node"]
    fewer = {**former.handoff, "endpoints": former.rows[1:]}
    if finding is not None:
        path = f"{former.services[0]}: {ENDPOINT} is connected"
        fewer["findings"] = [{**finding, "message": finding["message"].format(path=path)}]
    seen = view(account)
    left = replace(seen, members={name: each for name, each in seen.members.items() if name != gone})
    return list(inexact(replace(former, view=left, handoff=fewer)))


def test_a_path_of_a_node_that_left_is_named_and_offered_to_nobody() -> None:
    ask = ground(os.getpid()).ask
    unnamed = ask(of_fewer_nodes, None)
    named = ask(of_fewer_nodes, {"code": "SURPLUS_IN_USE", "message": "found ({path})"})
    assert {"loadBalancer", "targetGroup", "endpointService"} <= {each.split()[0] for each in unnamed}
    assert not any("no finding names it" in each and not each.startswith("rule") for each in named)
    assert any("is not asked for, and admits" in each for each in named)
    assert any("its node has None" in each for each in named)


# ------------------------------------------------------------------ what a run changed


def changed(held: Held, machine: str, status: str, given: Json, done: str, *before: str) -> list[str]:
    """Asked in a fork: what the judge says of a run that did this by hand, after what was done before it."""
    account, former = held
    hands = Hands(former)
    for each in before:
        getattr(hands, each)()
    then = view(account)
    getattr(hands, done)()
    change = Change(then, view(account), machine, given, status, given.get("error"), given.get("cause"))
    return list(wrong(change))


FAILED: Final = {
    "add_load_balancer": "left loadBalancer pc-more",
    "add_rule": "left securityGroupRule",
    "use_rule": "left tag securityGroupRule/",
    "put_policy_on_another_role": "left rolePolicy guest/",
    "revoke_rule": "securityGroupRule",
    "widen_policy": "document was",
    "delete_policy": "is gone",
    "widen_trust": "trust was",
    "untag_role": "tag role/",
    "register_another": "left target",
    "deregister": "was offered and led to",
    "admit_another": "left allowedPrincipal",
    "stop_offering": "was offered and led to",
    "accept_everybody": "acceptanceRequired was True, is False",
    "delete_service": "is gone",
    "take_mark_off": "value was",
    "change_what_is_foreign": "left tag securityGroup/sg-cache/team",
    "forget": "it was READY, and its status became None",
}


@pytest.mark.parametrize("done", FAILED)
def test_what_a_run_that_failed_left_or_took_away_is_said(done: str) -> None:
    problems = ground(os.getpid()).ask(changed, "provision", "FAILED", REQUEST, done)
    assert any(FAILED[done] in each for each in problems), problems


def test_what_a_rollback_could_not_see_may_be_more_and_never_less() -> None:
    ask, failed = ground(os.getpid()).ask, {**REQUEST, "error": "RollbackIncomplete"}
    unseen = {**failed, "cause": "rolling back: x | remaining nothing; not seen: role policy, role | after y"}
    of_others = {**failed, "cause": "rolling back: x | remaining nothing; not seen: listener | after role policy"}
    assert ask(changed, "provision", "FAILED", unseen, "widen_policy") == []
    assert ask(changed, "provision", "FAILED", unseen, "delete_policy") != []
    assert ask(changed, "provision", "FAILED", of_others, "widen_policy") != []


PUT_BACK: Final = {
    "register": "deregister",
    "offer": "stop_offering",
    "ask_for_acceptance": "accept_everybody",
    "tag": "untag",
    "deregister_another": "register_another",
}


@pytest.mark.parametrize("done", PUT_BACK)
def test_settings_that_a_run_put_back_stay_so(done: str) -> None:
    assert ground(os.getpid()).ask(changed, "provision", "FAILED", REQUEST, done, PUT_BACK[done]) == []


def test_nobody_is_cut_off_unless_it_is_forced() -> None:
    ask = ground(os.getpid()).ask
    for machine, given, is_wrong in (
        ("provision", REQUEST, True),
        ("teardown", {"connection": "first", "force": False}, True),
        ("teardown", {"connection": "second", "force": True}, True),
        ("teardown", {"connection": "first", "force": True}, False),
    ):
        problems = ask(changed, machine, "SUCCEEDED", given, "reject", "connect")
        assert any("cut vpce-" in each for each in problems) == is_wrong, (machine, given, problems)


def cluster_deleted(held: Held) -> list[str]:
    """Asked in a fork: the cluster of one connection is deleted, with which another one is READY."""
    account, former = held
    account.run("provision", OTHER)
    then = view(account)
    Hands(former).delete_cluster()
    return list(wrong(Change(then, view(account), "teardown", {"connection": "first"}, "SUCCEEDED", None)))


def test_a_cluster_with_which_another_connection_is_ready_is_not_deleted() -> None:
    problems = ground(os.getpid()).ask(cluster_deleted)
    assert any("with which connection second is READY" in each for each in problems), problems


def after_teardown(held: Held, output: Json) -> list[str]:
    account, former = held
    change = Change(former.view, view(account), "teardown", {"connection": "first"}, "SUCCEEDED", None)
    return list(remaining(change, output))


def test_what_remains_after_a_teardown_is_named_by_its_report() -> None:
    problems = ground(os.getpid()).ask(after_teardown, {"kept": [{"name": "redis-demo"}]})
    assert {each.split()[0] for each in problems} >= {"loadBalancer", "targetGroup", "endpointService", "role"}
    assert not any(each.startswith("replicationGroup") for each in problems)


def moved(held: Held) -> list[str]:
    """Asked in a fork: a node comes back at another address, and what a failing run takes away is its former one."""
    account, former = held
    hands = Hands(former)
    apply_event("change-ip", {"node": former.rows[0]["node"]}, account.conditions)
    then = view(account)
    hands.deregister()
    return list(wrong(Change(then, view(account), "provision", REQUEST, "FAILED", "TargetsNeverHealthy")))


def test_an_address_that_no_node_has_may_go() -> None:
    assert ground(os.getpid()).ask(moved) == []
