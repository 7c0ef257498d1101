"""The documented order, node after node, as a careful person with a script does it.

Each resource is waited for before the next node is begun, polled as often as by the AWS CLI's waiters (every 15 s,
"aws elasticache wait" and "aws elbv2 wait"), but without their limit of ten minutes. A load balancer gets
its listener at once, as the console and the CLI's tutorial for Network Load Balancers have it.
"""

from typing import Final

from bench.by_hand import PORT, Endpoint, Hands, Node, until
from bench.cases import Case

EVERY: Final = 15.0
SERVICE_EVERY: Final = 5.0
ROLE_EVERY: Final = 1.0


def connect(case: Case, hands: Hands) -> list[Endpoint]:
    if case.mode == "create":
        hands.create_subnet_group()
        hands.create_cluster(case)
    until(hands.cluster_available, EVERY)
    hands.open_security_group()
    endpoints = [_expose(hands, node) for node in hands.look_up_nodes()]
    hands.create_role()
    until(hands.role_exists, ROLE_EVERY)
    hands.put_role_policy()
    return endpoints


def _expose(hands: Hands, node: Node) -> Endpoint:
    """Steps 4 to 6 for one node, each waited for."""
    target_group = hands.create_target_group(node)
    hands.register(node, target_group)
    load_balancer = hands.create_load_balancer(node)
    hands.create_listener(load_balancer, target_group)
    until(lambda: hands.healthy(target_group), EVERY)
    service_id, service_name = hands.create_endpoint_service(load_balancer)
    until(lambda: hands.service_available(service_id), SERVICE_EVERY)
    hands.allow_principal(service_id)
    return Endpoint(node.name, node.endpoint, PORT, service_name)
