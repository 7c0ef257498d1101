"""What provision does for what it is asked: each scenario is a file beside this one."""

import json
from collections import Counter
from typing import Any

import pytest

from bench.claims import MOST_TRANSITIONS
from private_connection.handoff import Handoff
from sandbox.__main__ import main
from tests.scenarios.ending import VERVERICA, Ending, check_connected
from tests.scenarios.playing import FOLDER, SUCCEEDED, Played, mutating, play, summary

ROOT = FOLDER.parent.parent
DOCUMENTED_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["ec2:AcceptVpcEndpointConnections", "ec2:DescribeVpcEndpointServices"],
            "Resource": "*",
        },
        {"Effect": "Allow", "Action": "elasticache:*", "Resource": "*"},
    ],
}
DOCUMENTED_HANDOFF = {
    "connection": "redis-demo-victor",
    "status": "READY",
    "workspaceId": "ws-1",
    "roleArn": "arn:aws:iam::123456789012:role/private-connection/private-connection-ws-1-76944604",
    "clusterId": "redis-demo-victor",
    "engine": "redis",
    "transitEncryption": False,
    "region": "us-west-1",
}
MADE_ONCE = ("cacheSubnetGroup", "replicationGroup", "role", "rolePolicy", "securityGroup")
MADE_PER_NODE = ("allowedPrincipal", "endpointService", "listener", "loadBalancer", "target", "targetGroup")


def succeeded(played: Played) -> Played:
    """Every run of it ended READY, and nobody else's things were touched."""
    assert [summary(run) for run in played.runs] == [SUCCEEDED] * len(played.runs)
    assert played.ending.foreign_changes == []
    return played


def connected(played: Played, nodes: int) -> Ending:
    """The last run connected so many nodes, and nothing else leads anywhere."""
    succeeded(played)
    check_connected(played.ending, played.runs[-1].output)
    assert len(played.ending.paths) == nodes
    return played.ending


def zones(played: Played) -> list[str]:
    return [endpoint["availabilityZone"] for endpoint in played.runs[-1].output["endpoints"]]


def test_who_was_let_in_beside_ververica_is_shut_out_again() -> None:
    played = play("opened-to-everybody")
    assert summary(played.runs[0]) == SUCCEEDED
    check_connected(played.ending, played.runs[0].output)
    assert mutating(played.runs[0])["ec2:ModifyVpcEndpointServicePermissions"] == 1


def test_the_smallest_input_creates_everything_once() -> None:
    ending = connected(play("smallest"), nodes=1)
    assert ending.shape == {
        "allowedPrincipal": ["vpce-svc/arn:aws:iam::794031221915:root"],
        "cacheSubnetGroup": ["private-connection-redis-demo"],
        "endpointService": ["vpce-svc"],
        "listener": ["pc-redis-demo-demo-001-119efc76:6379"],
        "loadBalancer": ["pc-redis-demo-demo-001-119efc76"],
        "replicationGroup": ["redis-demo"],
        "role": ["private-connection-ws-1-76944604"],
        "rolePolicy": ["private-connection-ws-1-76944604/private-connection-us-east-1-redis-demo"],
        "securityGroup": ["sg"],
        "securityGroupRule": ["sgr"],
        "target": ["pc-redis-demo-demo-001-119efc76/address:6379"],
        "targetGroup": ["pc-redis-demo-demo-001-119efc76"],
    }


def without_ids(document: object) -> dict[str, Any]:
    """A document of IAM's without the ids of its statements, which say which run wrote them."""
    policy: dict[str, Any] = json.loads(str(document))
    for statement in policy["Statement"]:
        assert statement.pop("Sid").startswith("PrivateConnection")
    return policy


def test_the_access_role_is_the_documented_one() -> None:
    inventory = play("smallest").ending.inventory
    (role,) = inventory["role"].values()
    (policy,) = inventory["rolePolicy"].values()
    assert without_ids(policy["document"]) == DOCUMENTED_POLICY
    assert without_ids(role["trust"])["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::794031221915:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "ws-1"}},
        }
    ]


def test_the_health_check_is_fast_and_the_client_address_stays_out() -> None:
    (group,) = play("smallest").ending.inventory["targetGroup"].values()
    checks, attributes = group["checks"], group["attributes"]
    assert isinstance(checks, dict)
    assert isinstance(attributes, dict)
    assert {
        "health_check_protocol": "TCP",
        "health_check_interval_seconds": "5",
        "healthy_threshold_count": "2",
        "unhealthy_threshold_count": "2",
    }.items() <= {name: str(value) for name, value in checks.items()}.items()
    assert int(checks["health_check_timeout_seconds"]) < 5
    assert {
        "deregistration_delay.timeout_seconds": "0",
        "deregistration_delay.connection_termination.enabled": "true",
        "target_health_state.unhealthy.connection_termination.enabled": "true",
        "preserve_client_ip.enabled": "false",
        "proxy_protocol_v2.enabled": "false",
    }.items() <= attributes.items()


def test_three_nodes_stand_in_three_zones() -> None:
    played = play("create-3")
    connected(played, nodes=3)
    assert len(set(zones(played))) == 3


def test_six_nodes_in_the_subnets_and_behind_the_group_and_port_that_were_named() -> None:
    played = play("create-6")
    ending = connected(played, nodes=6)
    handoff = played.runs[0].output
    assert handoff["clusterId"] == "orders"
    assert Counter(zones(played)) == {"us-east-1a": 3, "us-east-1b": 3}
    assert {endpoint["port"] for endpoint in handoff["endpoints"]} == {6380}
    assert "securityGroup" not in ending.owned
    (group,) = ending.inventory["replicationGroup"].values()
    for setting in ("cache.r7g.large", "automatic_failover=True", "multi_az=True", "transit_encryption=True"):
        assert setting in str(group["settings"])
    assert_second_run_changes_nothing(played)


@pytest.mark.parametrize("name", ["create-6", "cluster-mode"])
def test_creating_six_nodes_takes_few_state_transitions(name: str) -> None:
    """They are what Step Functions bills. The benchmark claims it of its medians; here it is each run's bound."""
    first = play(name).runs[0]
    assert len(first.output["endpoints"]) == 6
    assert first.state_transitions <= MOST_TRANSITIONS


def test_cluster_mode_has_shards_with_automatic_failover() -> None:
    played = play("cluster-mode")
    ending = connected(played, nodes=6)
    endpoints = played.runs[0].output["endpoints"]
    assert [(each["node"], each["shard"]) for each in endpoints] == [
        (f"sharded-{shard}-{node}", shard) for shard in ("0001", "0002", "0003") for node in ("001", "002")
    ]
    for shard in ("0001", "0002", "0003"):
        assert len({each["availabilityZone"] for each in endpoints if each["shard"] == shard}) == 2
    (group,) = ending.inventory["replicationGroup"].values()
    for setting in ("cluster_enabled=True", "automatic_failover=True", "'default.redis7.cluster.on'"):
        assert setting in str(group["settings"])
    assert_second_run_changes_nothing(played)


def test_valkey() -> None:
    played = play("valkey")
    (group,) = connected(played, nodes=1).inventory["replicationGroup"].values()
    for setting in ("engine='valkey'", "'8.0.1'", "transit_encryption=False", "at_rest_encryption=True"):
        assert setting in str(group["settings"])
    assert_second_run_changes_nothing(played)


def test_a_cluster_is_made_with_the_key_the_users_and_the_backups_that_are_asked_for() -> None:
    first, again, changed = play("protected").runs
    assert [summary(run) for run in (first, again)] == [SUCCEEDED] * 2
    assert not mutating(again)
    (group,) = play("protected").ending.inventory["replicationGroup"].values()
    key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    for setting in (f"kms_key='{key}'", "user_groups=('clients',)", "snapshot_retention=7"):
        assert setting in str(group["settings"])
    assert changed.error == "InvalidRequest"
    for setting in ("userGroupIds: found []", "snapshotRetentionDays: found 1"):
        assert f"cluster.create.{setting}" in str(changed.cause)


TAGGED = (
    *("cacheSubnetGroup", "endpointService", "listener", "loadBalancer"),
    *("replicationGroup", "role", "securityGroup", "securityGroupRule", "targetGroup"),
)
"""The kinds of things that a run makes and that carry tags."""


def test_everything_that_is_made_has_the_users_tags_and_what_is_shared_has_the_firsts() -> None:
    played = succeeded(play("tagged"))
    tags = played.ending.inventory["tag"]
    first = {"Team": "streams", "stage": "Größe 1", "cost center": "4711", "owner": "us"}
    second = {"team": "others", "cost center": "4711", "owner": "us"}
    for kind in TAGGED:
        for name in played.ending.owned[kind]:
            theirs = {key: tags.get(f"{kind}/{name}/{key}", {}).get("value") for key in (*first, "team")}
            wanted = second if "again" in connection_of(played, kind, name) else first
            assert {key: value for key, value in theirs.items() if value is not None} == wanted, f"{kind} {name}"


ADDING = {"ec2:CreateTags", "elasticache:AddTagsToResource", "elbv2:AddTags", "iam:TagRole"}
TAKING_OFF = {"ec2:DeleteTags", "elasticache:RemoveTagsFromResource", "elbv2:RemoveTags", "iam:UntagRole"}


def test_a_later_request_adds_tags_overwrites_them_and_takes_off_what_it_leaves_out() -> None:
    _, second, third = succeeded(play("tags-again")).runs
    assert set(mutating(second)) == ADDING | TAKING_OFF
    assert not mutating(third)
    ending = play("tags-again").ending
    tags = ending.inventory["tag"]
    for kind in TAGGED:
        for name in ending.owned[kind]:
            found = {key: tags.get(f"{kind}/{name}/{key}") for key in ("team", "stage", "old", "owner")}
            theirs = {key: each["value"] for key, each in found.items() if each is not None}
            assert theirs == {"team": "streams", "stage": "test", "owner": "us"}, f"{kind} {name}"


def connection_of(played: Played, kind: str, name: str) -> str:
    """The connection that a thing was made for."""
    made_for = played.ending.inventory["tag"].get(f"{kind}/{name}/private-connection", {"value": "orders"})
    return str(made_for["value"])


def test_nodes_that_cannot_be_foreseen_are_connected_after_the_cluster() -> None:
    connected(play("unforeseen"), nodes=1)


@pytest.mark.parametrize(("name", "nodes"), [("adopt-disabled", 2), ("adopt-enabled", 4), ("adopt-standalone", 1)])
def test_a_cluster_of_each_kind_is_adopted_and_left_alone(name: str, nodes: int) -> None:
    played = play(name)
    ending = connected(played, nodes)
    assert not {"replicationGroup", "cacheCluster", "cacheSubnetGroup", "securityGroup"} & ending.owned.keys()
    assert_second_run_changes_nothing(played)


def test_a_node_is_found_in_its_own_subnet_where_its_zone_has_two() -> None:
    played = play("adopt-enabled")
    first = played.runs[0].output["endpoints"][0]
    assert (first["node"], first["ipAddress"]) == ("orders-0001-001", "10.0.1.77")
    (path,) = [path for path in played.ending.paths if path.service == first["serviceId"]]
    assert played.ending.inventory["loadBalancer"][path.load_balancer]["subnets"] == ["subnet-a2"]


def test_the_default_group_is_opened_only_where_there_is_no_other_and_with_a_warning() -> None:
    assert codes(play("adopt-standalone")) == ["DEFAULT_GROUP_OPENED"]
    played = play("adopt-disabled")
    assert "DEFAULT_GROUP_OPENED" not in codes(played)
    assert {rule["group"] for rule in opened(played.ending)} == {"sg-cache"}


def test_with_replicas_the_hand_off_says_which_node_is_the_primary_now_and_that_it_may_move() -> None:
    played = play("adopt-disabled")
    assert codes(played) == ["PRIMARY_MOVES"]
    roles = [endpoint["role"] for endpoint in played.runs[0].output["endpoints"]]
    assert (roles[0], set(roles[1:])) == ("primary", {"replica"})
    sharded = play("adopt-enabled")
    assert codes(sharded) == ["REDIRECTS_TO_ADDRESSES"]
    assert {endpoint["role"] for endpoint in sharded.runs[0].output["endpoints"]} == {None}


def codes(played: Played) -> list[str]:
    """The codes of the findings in the first hand-off."""
    return [finding["code"] for finding in played.runs[0].output["findings"]]


def opened(ending: Ending) -> list[dict[str, object]]:
    """The rules that runs added."""
    rules = ending.inventory["securityGroupRule"]
    return [rules[name] for name in ending.owned.get("securityGroupRule", [])]


def test_a_cluster_that_is_being_backed_up_is_connected_and_a_rule_that_was_there_serves() -> None:
    ending = connected(play("adopt-being-backed-up"), nodes=1)
    assert opened(ending) == []


def test_a_cluster_that_is_being_created_is_waited_for() -> None:
    played = play("adopt-being-created")
    connected(played, nodes=1)
    assert played.runs[0].virtual_seconds > 300


def test_two_connections_of_one_workspace_share_a_role_with_a_policy_each() -> None:
    played = succeeded(play("one-workspace"))
    first, second = (run.output for run in played.runs)
    check_connected(played.ending, first, second)
    assert first["roleArn"] == second["roleArn"]
    (role,) = played.ending.owned["role"]
    assert played.ending.owned["rolePolicy"] == [
        f"{role}/private-connection-us-east-1-{connection}" for connection in ("orders", "users")
    ]


def test_two_connections_to_one_cluster_have_a_path_and_a_role_each_and_one_rule() -> None:
    played = succeeded(play("one-cluster"))
    first, second, again = (run.output for run in played.runs)
    check_connected(played.ending, first, second)
    assert again == first | {"changes": []}
    assert first["roleArn"] != second["roleArn"]
    assert len(opened(played.ending)) == 1
    assert mutating(played.runs[2]) == {}


def test_a_role_that_is_named_gets_our_policy_and_a_warning_when_it_may_do_more() -> None:
    played = play("named-role")
    ending = connected(played, nodes=1)
    assert "role" not in ending.owned
    assert ending.owned["rolePolicy"] == ["team/private-connection-us-east-1-orders"]
    assert codes(played) == ["SCOPED_POLICY", "ROLE_IS_WIDER"]
    assert "by its policies all" in played.runs[0].output["findings"][1]["message"]
    assert_second_run_changes_nothing(played)


def test_what_is_admitted_follows_the_request() -> None:
    played = play("ingress")
    ending = connected(played, nodes=1)
    assert [mutating(run).keys() & INGRESS for run in played.runs] == [OPENING, INGRESS, INGRESS]
    admitted = " ".join(str(rule["permission"]) for rule in opened(ending))
    assert [cidr in admitted for cidr in ("172.31.0.0/20", "172.31.16.0/20", "0.0.0.0/0")] == [True, False, False]


def test_where_rules_of_others_admit_the_load_balancers_none_is_made() -> None:
    played = play("group-open")
    ending = connected(played, nodes=1)
    assert mutating(played.runs[0]).keys() & INGRESS == set()
    assert opened(ending) == []


def test_no_rule_is_made_where_the_request_says_so() -> None:
    played = play("ingress-none")
    *refused, connecting = played.runs
    assert [(run.error, "[INGRESS_CLOSED]" in str(run.cause), mutating(run)) for run in refused] == [
        ("InvalidRequest", True, {})
    ] * 2
    assert summary(connecting) == SUCCEEDED
    assert mutating(connecting).keys() & INGRESS == set()
    check_connected(played.ending, connecting.output)
    assert (opened(played.ending), played.ending.foreign_changes) == ([], [])


def test_a_node_that_moved_to_another_zone_is_reached_from_the_old_one_too() -> None:
    played = play("moved-zone")
    ending = connected(played, nodes=1)
    first, second, third = played.runs
    (path,) = ending.paths
    assert path.zones == ("us-east-1a", "us-east-1b")
    assert [each["code"] for each in second.output["findings"]] == ["SEVERAL_ZONES"]
    assert second.output["endpoints"][0]["serviceName"] == first.output["endpoints"][0]["serviceName"]
    assert (third.output, mutating(third)) == (second.output | {"changes": []}, {})
    assert len(opened(ending)) == 2, "the load balancer's traffic comes from both of its subnets"


def test_a_node_that_comes_back_at_another_address_keeps_its_service() -> None:
    played = play("changed-address")
    connected(played, nodes=2)
    before, after = (run.output["endpoints"][1] for run in played.runs)
    assert after == before | {"ipAddress": "172.31.18.99"}
    assert before["ipAddress"] != "172.31.18.99"
    assert played.runs[1].output["endpoints"][0] == played.runs[0].output["endpoints"][0]


def test_a_node_that_died_is_told_and_waited_for_only_where_the_run_changes_its_path() -> None:
    played = play("node-died")
    first, second, third = played.runs
    assert [summary(run) for run in (first, second)] == [SUCCEEDED] * 2
    (told,) = [each for each in second.output["findings"] if each["code"] == "NODE_UNHEALTHY"]
    assert ("orders-002" in told["message"], "orders-001" in told["message"]) == (True, False)
    assert second.output["endpoints"] == first.output["endpoints"]
    assert (second.virtual_seconds < 30, mutating(second)) == (True, Counter())
    assert third.error == "TargetsNeverHealthy"
    (path,) = [each for each in played.ending.paths if "orders-002" in each.load_balancer]
    assert path.health == {"172.31.18.99:6379": "unhealthy"}, "its former address leads nowhere any more"
    assert played.ending.foreign_changes == []


def test_a_former_address_at_which_another_team_answers_is_no_target_after_a_run_that_failed() -> None:
    played = play("address-taken")
    first, second = played.runs
    assert (first.status, second.error) == ("SUCCEEDED", "TargetsNeverHealthy")
    (path,) = played.ending.paths
    assert (path.service, path.principals) == (first.output["endpoints"][0]["serviceId"], (VERVERICA,))
    assert path.health == {"172.31.0.78:6379": "unhealthy"}
    assert second.api_calls["elbv2:DeregisterTargets"] == 1, "it was healthy, so it stayed until the run had failed"
    assert played.ending.foreign_changes == []


def test_a_replica_beside_a_node_that_died_is_offered() -> None:
    played = play("node-died-replica")
    first, second, third = played.runs
    assert [summary(run) for run in played.runs] == [SUCCEEDED] * 3
    assert [each["node"] for each in second.output["endpoints"]] == ["orders-001", "orders-002", "orders-003"]
    assert second.output["endpoints"][:2] == first.output["endpoints"]
    for run in (second, third):
        (told,) = [each for each in run.output["findings"] if each["code"] == "NODE_UNHEALTHY"]
        assert [node for node in sorted(played.ending.nodes) if node in told["message"]] == ["orders-002"]
    assert {path.principals for path in played.ending.paths} == {(VERVERICA,)}
    assert not mutating(third)


OPENING = {"ec2:AuthorizeSecurityGroupIngress"}
INGRESS = OPENING | {"ec2:RevokeSecurityGroupIngress"}


def test_the_documented_example_gives_the_documented_row() -> None:
    played = play("documented-example")
    ending = connected(played, nodes=1)
    (path,), handoff = ending.paths, played.runs[0].output
    node = ending.nodes["redis-demo-victor-0001-001"]
    row = {
        "node": "redis-demo-victor-0001-001",
        "shard": "0001",
        "role": None,
        "endpoint": node.endpoint,
        "port": 6379,
        "availabilityZone": "us-west-1c",
        "availabilityZoneId": node.zone_id,
        "ipAddress": "172.31.15.132",
        "serviceName": f"com.amazonaws.vpce.us-west-1.{path.service}",
        "serviceId": path.service,
    }
    change = {"node": row["node"], "change": "new", "serviceName": row["serviceName"], "formerServiceName": None}
    assert handoff == DOCUMENTED_HANDOFF | {"findings": handoff["findings"], "changes": [change], "endpoints": [row]}
    assert codes(played) == ["REDIRECTS_TO_ADDRESSES"]


def assert_nothing_double_or_left_of_a_first_attempt(ending: Ending, nodes: int) -> None:
    found = {kind: len(ids) for kind, ids in ending.owned.items()}
    assert found == dict.fromkeys(MADE_ONCE, 1) | dict.fromkeys((*MADE_PER_NODE, "securityGroupRule"), nodes)


def test_a_group_that_is_available_before_a_node_of_it_is_ready_is_waited_for() -> None:
    played = play("late-node")
    connected(played, nodes=2)
    assert played.runs[0].virtual_seconds > 300 + 600


@pytest.mark.parametrize("name", ["placed-elsewhere", "refused-zone"])
def test_a_node_that_stands_elsewhere_than_foreseen_has_its_load_balancer_there(name: str) -> None:
    played = play(name)
    assert_nothing_double_or_left_of_a_first_attempt(connected(played, nodes=2), nodes=2)
    assert_second_run_changes_nothing(played)


def test_elsewhere_is_really_elsewhere() -> None:
    assert zones(play("create-3")) == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert zones(play("placed-elsewhere")) == ["us-east-1c", "us-east-1b"]
    assert "us-east-1a" not in zones(play("refused-zone"))


def test_a_zone_that_is_refused_in_cluster_mode_is_left_out_too() -> None:
    played = play("refused-zone-cluster-mode")
    ending = connected(played, nodes=2)
    assert "us-east-1b" not in zones(played)
    assert_nothing_double_or_left_of_a_first_attempt(ending, nodes=2)


def assert_second_run_changes_nothing(played: Played) -> None:
    first, second = played.runs
    assert mutating(first)
    assert mutating(second) == {}
    assert second.output == first.output | {"changes": []}


# ------------------------------------------------------------------ events, files, the command line


def test_the_command_carries_out_the_sample(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "provision", str(ROOT / "events" / "create.json"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (run,) = report["steps"]
    assert (run["status"], report["foreignChanges"]) == ("SUCCEEDED", [])
    handoff = Handoff.model_validate_json(json.dumps(run["output"]))
    assert run["output"] == handoff.model_dump(mode="json", by_alias=True), "every field, and no other"
    assert [endpoint.node for endpoint in handoff.endpoints] == [f"redis-demo-{node}" for node in ("001", "002", "003")]


def test_the_command_prints_one_object_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["scenario", str(FOLDER / "adopt-being-backed-up.yaml"), "--json"]) == 0
    printed, logged = capfd.readouterr()
    report = json.loads(printed)
    assert list(report) == ["steps", "owned", "foreignChanges"]
    (run,) = report["steps"]
    assert {"status": "SUCCEEDED", "error": None, "cause": None}.items() <= run.items()
    assert run["output"]["endpoints"][0]["node"] == "orders-001"
    assert run["apiCalls"]["elbv2:CreateLoadBalancer"] == 1
    assert (len(report["owned"]["endpointService"]), report["foreignChanges"]) == (1, [])
    assert '"step":"compose_handoff"' in logged, "what the functions log goes to standard error"


def test_every_scenario_is_played_by_a_test() -> None:
    tests = "".join(each.read_text() for each in FOLDER.glob("test_*.py"))
    files = sorted(FOLDER.glob("*.yaml"))
    assert [file.name for file in files if f'"{file.stem}"' not in tests] == []
    silent = [file.name for file in files if not file.read_text().startswith("# ")]
    assert silent == [], "its first line says what it is about"


def test_a_vpc_that_another_account_shares_serves_as_one_of_our_own() -> None:
    played = play("shared-vpc")
    assert [summary(run) for run in played.runs] == [SUCCEEDED] * 4
    assert [run.output["status"] for run in played.runs[:2]] == ["READY"] * 2
    assert (played.report.owned, played.report.foreign_changes) == ({}, [])
