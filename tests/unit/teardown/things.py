"""The things of a connection that several tests of teardown speak of."""

from private_connection.access.sids import mark_of
from tests.unit.builders import a_thing

BALANCER = a_thing("loadBalancer", "pc-a")
CLUSTER = a_thing("replicationGroup", "redis-demo")
SUBNETS = a_thing("cacheSubnetGroup", "private-connection-redis-demo")
GROUP = a_thing("securityGroup", "private-connection-redis-demo")
RULE = a_thing("securityGroupRule", "sgr-1", within=GROUP.id)
POLICY = a_thing("rolePolicy", "policy", within="role-id", created_by=None, marks=(mark_of("run-1"),))
ROLE = a_thing("role", "their-role", id="role-id")
