"""A fleet that is laid is one that was provisioned."""

import io
import json
import re
from typing import Any

from bench.fleet import Fleet, Names, address
from bench.provisioned import SOON, Provisioned, cluster_spec, item, made_since, provision, read
from bench.seeding import Seeding, names_of, renamed
from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.services.elasticache.state import State
from sandbox.world import World
from sandbox.world.model import SecurityGroupSpec

TWO = Fleet(2, 3)
RANDOM = re.compile(r"(?<=/)[0-9a-f]{16}\b|\bsgr-[0-9a-f]{17}|\bAROA\w+")
"""The ids that AWS draws: of load balancers, target groups and listeners, of rules, and of roles."""
OF_THE_RUN = ("createdAt", "changedAt", "lastRun", "version", "seen", "news")
"""What an item has of the run that wrote it, and of the sweep that saw its endpoints, with their times."""


def test_two_that_are_laid_are_as_two_that_were_provisioned_one_after_the_other() -> None:
    clusters = tuple(cluster_spec(TWO.names(n).cluster, TWO.mode, TWO.addresses(n)) for n in range(2))
    groups = tuple(SecurityGroupSpec(id=group) for each in clusters for group in each.security_groups)
    world = World(security_groups=groups, clusters=clusters, latency=SOON)
    with Account(world, 0, logs=io.StringIO()) as account:
        first, second = _provisioned(account, TWO.names(0)), _provisioned(account, TWO.names(1))
        words = _words(first, TWO.names(0)) | _words(second, TWO.names(1))
        provisioned, items = _lines(words), [_described(each.item, words) for each in (first, second)]

    seeding = Seeding(TWO, first)
    with Account(seeding.world(), 0, logs=io.StringIO()) as account:
        seeding.register(account)
        words = {State("us-east-1").groups[names.cluster].domain: names.cluster for names in seeding.names}
        assert _lines(words) == provisioned
        assert [_described(item(account, names.connection), words) for names in seeding.names] == items


def _provisioned(account: Account, names: Names) -> Provisioned:
    before = inventory()
    return read(account, provision(account, names.request), made_since(before))


def _words(found: Provisioned, names: Names) -> dict[str, str]:
    """What each word of a provisioned connection is in the fleet."""
    was = names_of(found, names)
    pairs = [(was.words, names.words), *((a.words, b.words) for a, b in zip(was.nodes, names.nodes, strict=True))]
    words = {before: after for one, other in pairs for before, after in zip(one, other, strict=True)}
    return words | {found.domain: names.cluster}


def _lines(words: dict[str, str]) -> list[str]:
    """All that the account holds, in the words of the fleet, without what is drawn."""
    found = [[kind, name, facts] for kind, items in inventory().items() for name, facts in items.items()]
    return sorted(json.dumps(_plain(each), sort_keys=True) for each in renamed(found, words))


def _plain(value: Any) -> Any:
    return json.loads(RANDOM.sub("-", json.dumps(value)))


def _described(found: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    kept: dict[str, Any] = renamed({key: each for key, each in found.items() if key not in OF_THE_RUN}, words)
    return kept


def test_connections_share_a_workspace_up_to_forty() -> None:
    fleet = Fleet(41, 3)

    assert fleet.names(39).workspace == fleet.names(0).workspace != fleet.names(40).workspace


def test_nodes_are_called_as_elasticache_calls_them() -> None:
    assert list(Fleet(1, 3).addresses(0)) == ["cache-0000-001", "cache-0000-002", "cache-0000-003"]
    assert list(Fleet(1, 6).addresses(0))[2:4] == ["cache-0000-0001-003", "cache-0000-0002-001"]


def test_no_two_nodes_of_a_fleet_were_or_are_at_one_address() -> None:
    found = [address(number, moved=moved) for number in range(3_000) for moved in (False, True)]

    assert len(set(found)) == len(found)
    assert found[0] == "172.31.4.76"


def test_longer_words_are_renamed_before_those_that_they_hold() -> None:
    found = renamed({"node-1": ["a-1 a-10"]}, {"a-1": "b-2", "a-10": "b-20", "node-1": "node-2"})

    assert found == {"node-2": ["b-2 b-20"]}
