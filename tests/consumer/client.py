"""The consumer's program, in a process of its own: redis-py as it is, behind the guard.

Its first line of input is the map from names to endpoints, with the port and the authority to trust. Each further line
is a question, each line of output the answer. Clients live as long as the process, as those of a running job do.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import redis
import redis.cluster
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.consumer.guard import Guard

Json = dict[str, Any]


class Job:
    """What a job holds: a client for each node by its name, and one for a cluster."""

    def __init__(self, settings: Mapping[str, Any], guard: Guard) -> None:
        self._guard = guard
        trusted = settings["authority"]
        self._options: Json = {
            "port": settings["port"],
            "decode_responses": True,
            "socket_timeout": 30,
            "retry": Retry(NoBackoff(), retries=2),  # the usual one sleeps for seconds in between
            **({"ssl": True, "ssl_ca_certs": trusted, "ssl_check_hostname": True} if trusted else {}),
        }
        self._nodes: dict[str, Any] = {}
        self._cluster: Any = None

    def node(self, name: str, command: list[Any]) -> object:
        """A command to one node by its name, redirected or not."""
        if name not in self._nodes:
            self._nodes[name] = redis.Redis(host=name, **self._options)
        return self._nodes[name].execute_command(*command)

    def cluster(self, name: str, commands: list[list[Any]]) -> list[object]:
        """Commands to the cluster that a node by its name belongs to, by a client that follows redirections."""
        if self._cluster is None:
            self._cluster = redis.cluster.RedisCluster(host=name, **self._options)
        return [self._cluster.execute_command(*each) for each in commands]

    def members(self) -> list[str]:
        """The nodes of the cluster, by the names or addresses under which its client knows them."""
        return sorted(each.host for each in self._cluster.get_nodes())

    def loaded(self) -> list[str]:
        """The packages whose code this process has."""
        return sorted({name.partition(".")[0] for name in sys.modules})

    def refused(self) -> list[str]:
        """What the guard has refused."""
        return list(self._guard.refused)


def answer(job: Job, question: Json) -> Json:
    act: Callable[..., object] = getattr(job, question.pop("act"))
    try:
        return {"answer": act(**question)}
    except (redis.exceptions.RedisError, redis.exceptions.RedisClusterException, OSError) as error:
        return {"error": type(error).__name__, "message": str(error)}


def main() -> None:
    settings = json.loads(sys.stdin.readline())
    guard = Guard(settings["names"])
    guard.install()
    job = Job(settings, guard)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(job, json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
