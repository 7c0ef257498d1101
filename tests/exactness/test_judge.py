"""The judge sees each kind of fault: something is broken by hand in an account where all is well, and it says so."""

import os
from collections.abc import Iterator, Sequence
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


Broken = dict[str, dict[str, str]]
"""What is done by hand at once, and what the judge says of each: nothing else of them makes it say that."""
INEXACT: Final[Broken] = {
    "things that nobody asked for": {
        "add_load_balancer": "loadBalancer pc-more is not asked for",
        "add_target_group": "targetGroup pc-more is not asked for",
        "mark_service": "endpointService vpce-svc-",
        "add_subnet_group": "cacheSubnetGroup private-connection-former is not asked for",
        "add_security_group": "securityGroup sg-",
        "mark_cluster": "replicationGroup orders is not asked for",
        "mark_role": "role guest is used by first, not asked for",
        "put_policy_on_another_role": "is on role guest",
    },
    "more than was asked for": {
        "add_listener": "leads to",
        "add_zone": "not ['us-east-1a']",
        "register_another": "172.31.0.99:6379",
        "widen_policy": "s3:*",
        "widen_trust": "workspace-9",
        "admit_another": "111122223333",
        "accept_everybody": "accepts whoever asks",
    },
    "less than was asked for": {
        "revoke_rule": "is admitted on 6379 by no rule",
        "delete_policy": "has no policy private-connection-us-east-1-first",
        "untag_role": "does not say that first uses it",
        "deregister": "holds [], its node has",
        "stop_offering": "is wanted, and admits []",
        "untag": "has the tag team None",
    },
    "a rule": {"add_rule": "is not asked for, and no finding names it"},
    "a rule of others": {"admit_by_a_rule_of_others": "which a rule of others admits"},
    "a service that is gone": {"delete_service": "there is no service"},
}


def unsaid(broken: dict[str, str], problems: list[str]) -> list[str]:
    """What was done and the judge does not say."""
    return [done for done, said in broken.items() if not any(said in each for each in problems)]


def test_all_is_well_where_nothing_is_broken() -> None:
    assert ground(os.getpid()).ask(exactness) == []


@pytest.mark.parametrize("what", INEXACT)
def test_what_is_not_exactly_as_it_was_asked_for_is_said(what: str) -> None:
    problems = ground(os.getpid()).ask(exactness, *INEXACT[what])
    assert unsaid(INEXACT[what], problems) == [], problems


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


def changed(
    held: Held, machine: str, status: str, given: Json, done: Sequence[str], before: Sequence[str] = ()
) -> list[str]:
    """Asked in a fork: what the judge says of a run that did this by hand, after what was done before it."""
    account, former = held
    hands = Hands(former)
    for each in before:
        getattr(hands, each)()
    then = view(account)
    for each in done:
        getattr(hands, each)()
    change = Change(then, view(account), machine, given, status, given.get("error"), given.get("cause"))
    return list(wrong(change))


FAILED: Final[Broken] = {
    "what was added": {
        "add_load_balancer": "left loadBalancer pc-more",
        "add_rule": "left securityGroupRule",
        "put_policy_on_another_role": "left rolePolicy guest/",
        "register_another": "left target",
        "admit_another": "left allowedPrincipal",
        "change_what_is_foreign": "left tag securityGroup/sg-cache/team",
    },
    "what was changed": {
        "use_rule": "left tag securityGroupRule/",
        "widen_policy": "document was",
        "widen_trust": "trust was",
        "accept_everybody": "acceptanceRequired was True, is False",
        "take_mark_off": "value was",
    },
    "tags and rules that are gone": {"revoke_rule": "securityGroupRule", "untag_role": "tag role/"},
    "a policy that is gone": {"delete_policy": "is gone"},
    "a target that is gone": {"deregister": "was offered and led to"},
    "an offer that is gone": {"stop_offering": "was offered and led to"},
    "a service that is gone": {"delete_service": "is gone"},
    "a record that is gone": {"forget": "it was READY, and its status became None"},
}


@pytest.mark.parametrize("what", FAILED)
def test_what_a_run_that_failed_left_or_took_away_is_said(what: str) -> None:
    problems = ground(os.getpid()).ask(changed, "provision", "FAILED", REQUEST, [*FAILED[what]])
    assert unsaid(FAILED[what], problems) == [], problems


def test_what_a_rollback_could_not_see_may_be_more_and_never_less() -> None:
    ask, failed = ground(os.getpid()).ask, {**REQUEST, "error": "RollbackIncomplete"}
    unseen = {**failed, "cause": "rolling back: x | remaining nothing; not seen: role policy, role | after y"}
    of_others = {**failed, "cause": "rolling back: x | remaining nothing; not seen: listener | after role policy"}
    assert ask(changed, "provision", "FAILED", unseen, ["widen_policy"]) == []
    assert ask(changed, "provision", "FAILED", unseen, ["delete_policy"]) != []
    assert ask(changed, "provision", "FAILED", of_others, ["widen_policy"]) != []


PUT_BACK: Final = {
    "register": "deregister",
    "offer": "stop_offering",
    "ask_for_acceptance": "accept_everybody",
    "tag": "untag",
    "deregister_another": "register_another",
}


def test_settings_that_a_run_put_back_stay_so() -> None:
    ask = ground(os.getpid()).ask
    assert ask(changed, "provision", "FAILED", REQUEST, [*PUT_BACK], [*PUT_BACK.values()]) == []


def test_nobody_is_cut_off_unless_it_is_forced() -> None:
    ask = ground(os.getpid()).ask
    for machine, given, is_wrong in (
        ("provision", REQUEST, True),
        ("teardown", {"connection": "first", "force": False}, True),
        ("teardown", {"connection": "second", "force": True}, True),
        ("teardown", {"connection": "first", "force": True}, False),
    ):
        problems = ask(changed, machine, "SUCCEEDED", given, ["reject"], ["connect"])
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
