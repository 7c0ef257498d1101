"""Load balancers: creation, states, subnets, deletion (API reference of Elastic Load Balancing, 2015-12-01)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elbv2.models import FakeLoadBalancer
from moto.moto_api._internal import mock_random

from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import Refused, backend, page, tag_list, tags_of, valid
from sandbox.services.ec2 import interfaces
from sandbox.services.ec2.endpoint_services import services, zones_of
from sandbox.services.elbv2.protocol import ElbResponse
from sandbox.services.elbv2.state import BalancerLife, timeline

NAME = r"(?!internal-)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?"
AT_ONCE = 20
LEAST_FREE = 8
PAGE = 400
INTERFACE_KINDS = {"network": "network_load_balancer", "application": "interface"}
NOT_FOUND = "One or more load balancers not found"


def invalid(message: str) -> Refused:
    return Refused("ValidationError", message)


def subnet_mappings(p: dict[str, Any]) -> dict[str, str | None]:
    """Subnet id to the private address asked for it."""
    subnets, mappings = p.get("Subnets", []), p.get("SubnetMappings", [])
    if bool(subnets) == bool(mappings):
        raise invalid("Exactly one of subnets and subnet mappings must be specified")
    wanted = dict.fromkeys(subnets) | {each["SubnetId"]: each.get("PrivateIPv4Address") for each in mappings}
    if len(wanted) < len(subnets) + len(mappings):
        raise invalid("A subnet was specified twice")
    return wanted


def find_subnets(region: str, subnet_ids: Sequence[str]) -> list[Any]:
    known = {each.id: each for each in backend("ec2", region).describe_subnets()}
    missing = [subnet_id for subnet_id in subnet_ids if subnet_id not in known]
    if missing:
        raise Refused("SubnetNotFound", f"The subnet ID '{missing[0]}' does not exist")
    found = [known[subnet_id] for subnet_id in subnet_ids]
    if len({each.availability_zone for each in found}) < len(found):
        raise Refused(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    if len({each.vpc_id for each in found}) != 1:
        raise Refused("InvalidConfigurationRequest", "All subnets must be in the same VPC")
    return found


class Balancers:
    """Mixed into the corrected ELBv2 responses."""

    def create_load_balancer(self: ElbResponse) -> ActionResult:
        p, elbv2 = self._get_params(), self.elbv2_backend
        _check_name(p["Name"])
        wanted = subnet_mappings(p)
        subnets = find_subnets(self.region, list(wanted))
        check_zones(self.region, subnets, self.conditions.refused_balancer_zones)
        check_outposts(p.get("Type", "application"), subnets)
        if p.get("Type", "application") == "application" and len(subnets) < 2:
            raise invalid("At least two subnets in two different Availability Zones must be specified")
        _check_groups(self.region, p.get("SecurityGroups", []), subnets[0].vpc_id)
        existing = next((each for each in elbv2.load_balancers.values() if each.name == p["Name"]), None)
        if existing is not None:
            return ActionResult({"LoadBalancers": [_same_or_refused(elbv2, existing, p, list(wanted))]})
        _check_quota(elbv2, p.get("Type"), self.conditions.quotas.network_load_balancers)
        check_room(subnets, wanted)
        made = make(self.region, p, subnets)
        now, draw = self.now(), self.conditions.draw
        times = timeline(elbv2)
        registrations = self.conditions.draws("registration", times.created)
        life = BalancerLife(now + draw("load_balancer_visibility"), now + draw("load_balancer"), registrations)
        times.created += 1
        life.fails = made.name in self.conditions.failing
        add(elbv2, made, life, wanted, tags_of(p.get("Tags")))
        return ActionResult({"LoadBalancers": [made]})

    def _visible(self: ElbResponse, arn: str) -> Any:
        """A load balancer that reads can see: one just made is not found for a moment."""
        found = self.elbv2_backend.load_balancers.get(arn)
        if found is None or not self._listed(arn):
            raise Refused("LoadBalancerNotFound", NOT_FOUND)
        return found

    def _listed(self: ElbResponse, arn: str) -> bool:
        """One that is being deleted is listed as active until it is gone, unless the world says otherwise.

        ELB has no state for it (API reference, LoadBalancerState), and its waiter LoadBalancersDeleted (botocore) goes
        on waiting while it is active. Who deletes one and looks again reports that it is not found at once.
        """
        life = timeline(self.elbv2_backend).balancers[arn]
        going = life.gone_at is not None
        return life.visible_at <= self.now() and not (going and self.conditions.deleted_load_balancers == "dropped")

    def _existing(self: ElbResponse, arn: str) -> Any:
        """A load balancer that can still be changed."""
        found = self.elbv2_backend.load_balancers.get(arn)
        if found is None or timeline(self.elbv2_backend).balancers[arn].gone_at is not None:
            raise Refused("LoadBalancerNotFound", f"Load balancer '{arn}' not found")
        return found

    def describe_load_balancers(self: ElbResponse) -> ActionResult:
        arns, names = self._get_param("LoadBalancerArns", []), self._get_param("Names", [])
        if arns and names:
            raise invalid("Load balancer names and load balancer ARNs cannot be specified at the same time")
        if len(arns) > AT_ONCE or len(names) > AT_ONCE:
            raise invalid(f"No more than {AT_ONCE} load balancers can be described at once")
        seen = [each for arn, each in self.elbv2_backend.load_balancers.items() if self._listed(arn)]
        if names:
            by_name = {each.name: each.arn for each in seen}
            arns = [by_name.get(name, "") for name in names]
        found = [self._visible(arn) for arn in dict.fromkeys(arns)] if arns else seen
        shown, marker = page(found, int(self._get_param("PageSize", PAGE)), self._get_param("Marker"))
        return ActionResult({"LoadBalancers": shown, "NextMarker": marker})

    def describe_load_balancer_attributes(self: ElbResponse) -> ActionResult:
        return ActionResult({"Attributes": self._visible(self._get_param("LoadBalancerArn")).attrs})

    def set_subnets(self: ElbResponse) -> ActionResult:
        p = self._get_params()
        balancer, wanted = self._existing(p["LoadBalancerArn"]), subnet_mappings(p)
        subnets = find_subnets(self.region, list(wanted))
        life = timeline(self.elbv2_backend).balancers[balancer.arn]
        removed = [each for each in balancer.subnets if each.id not in wanted]
        _check_removal(self.region, balancer, removed, subnets, self.now())
        added = {key: each for key, each in wanted.items() if key not in life.interfaces}
        new = [each for each in subnets if each.id in added]
        check_zones(self.region, new, self.conditions.refused_balancer_zones)
        check_outposts(str(balancer.type), new)
        check_room(new, added)
        attach(self.region, balancer, life, added)
        left = [life.interfaces.pop(each.id) for each in removed]
        interfaces.release(self.region, left, self.now() + self.conditions.draw("interface_deletion"))
        balancer.subnets = subnets
        if self.conditions.service_zones == "followed":
            _follow(self.region, balancer.arn, self.now())
        return ActionResult({"AvailabilityZones": balancer.availability_zones})

    def delete_load_balancer(self: ElbResponse) -> ActionResult:
        arn, elbv2 = self._get_param("LoadBalancerArn"), self.elbv2_backend
        balancer = elbv2.load_balancers.get(arn)
        if balancer is None:
            return EmptyResult()  # success, by the API reference
        if balancer.attrs.get("deletion_protection.enabled") == "true":
            message = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            raise Refused("OperationNotPermitted", message)
        if _offered(self.region, arn, self.now()):
            message = f"Load balancer '{arn}' cannot be deleted because it is currently associated with another service"
            raise Refused("ResourceInUse", message)
        life = timeline(elbv2).balancers[arn]
        if life.gone_at is None:
            life.gone_at = self.now() + self.conditions.draw("load_balancer_deletion")
        return EmptyResult()


def _check_removal(region: str, balancer: Any, removed: Sequence[Any], wanted: Sequence[Any], now: float) -> None:
    """A zone goes unless the load balancer is offered, and its subnet is not exchanged for another in the same call.

    Network Load Balancers guide, "Update the Availability Zones for your Network Load Balancer": active associations
    with VPC endpoints forbid it, by which any endpoint service is taken here, connected or not. The words of that
    refusal are ours; those of the other are AWS's (kubernetes-sigs/aws-load-balancer-controller issue 4171).
    """
    had = {each.id for each in balancer.subnets}
    left = {each.availability_zone for each in removed}
    for subnet in wanted:
        if subnet.id not in had and subnet.availability_zone in left:
            raise Refused(
                "InvalidConfigurationRequest",
                "You cannot specify an additional subnet from an Availability Zone that is already associated with the "
                f"load balancer. The Availability Zone '{subnet.availability_zone}' corresponding to the new subnet "
                f"'{subnet.id}' is already associated with the load balancer.",
            )
    if removed and _offered(region, balancer.arn, now):
        raise Refused(
            "InvalidConfigurationRequest",
            f"Subnets of '{balancer.arn}' cannot be removed while a VPC endpoint service is associated with it",
        )


def _follow(region: str, arn: str, now: float) -> None:
    """The endpoint service of a load balancer is offered in the zones that this has now."""
    balancers = backend("elbv2", region).load_balancers
    for service in [each for each in services(region).values() if each.holds(arn, now)]:
        service.zones = zones_of([balancers[each] for each in service.network_load_balancer_arns])


def make(region: str, p: dict[str, Any], subnets: list[Any]) -> Any:
    """Moto's object for a load balancer, with the ARN and DNS name that AWS gives one of its type."""
    kind, identity = p.get("Type", "application"), mock_random.get_random_hex(16)
    short = {"network": "net", "application": "app", "gateway": "gwy"}[kind]
    arn = f"arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:loadbalancer/{short}/{p['Name']}/{identity}"
    return FakeLoadBalancer(
        name=p["Name"],
        security_groups=p.get("SecurityGroups", []),
        subnets=subnets,
        vpc_id=subnets[0].vpc_id,
        arn=arn,
        dns_name=f"{p['Name']}-{identity}.elb.{region}.amazonaws.com",
        state="provisioning",
        scheme=p.get("Scheme", "internet-facing"),
        loadbalancer_type=kind,
        ip_address_type=p.get("IpAddressType", "ipv4"),
    )


def add(elbv2: Any, balancer: Any, life: BalancerLife, addresses: dict[str, str | None], tags: dict[str, str]) -> None:
    attach(elbv2.region_name, balancer, life, addresses)
    elbv2.tagging_service.tag_resource(balancer.arn, tag_list(tags))
    elbv2.load_balancers[balancer.arn] = balancer
    timeline(elbv2).balancers[balancer.arn] = life


def attach(region: str, balancer: Any, life: BalancerLife, addresses: dict[str, str | None]) -> None:
    """An interface in each subnet, or a refusal when one has no free address."""
    description = f"ELB {balancer.arn.split('loadbalancer/')[1]}"
    groups, kind = tuple(balancer.security_groups or ()), INTERFACE_KINDS.get(balancer.type, "interface")
    made: dict[str, str] = {}
    for subnet_id, address in addresses.items():
        each = interfaces.create(region, interfaces.Spec(subnet_id, groups, description, kind, address))
        if each is None:
            interfaces.discard(region, made.values())
            raise Refused("InvalidSubnet", f"Not enough IP space available in {subnet_id}")
        made[subnet_id] = each.id
    life.interfaces |= made


def check_zones(region: str, subnets: Sequence[Any], refused: Collection[str]) -> None:
    """No load balancer stands in a Local Zone, or in an Availability Zone that AWS has constrained for the account.

    Network Load Balancers guide, "Availability Zones"; the words are those that users of us-west-1a and ap-northeast-1a
    report. Which zones are constrained, nothing tells before.
    """
    kinds = {zone.name: zone.zone_type for zone in backend("ec2", region).describe_availability_zones()}
    zones = sorted({str(each.availability_zone) for each in subnets})
    none = [zone for zone in zones if zone in refused or kinds[zone] != "availability-zone"]
    if none:
        raise invalid(
            f"The following Availability Zones {', '.join(none)} cannot be associated with a load balancer. "
            "Please try a different Availability Zone"
        )


def check_outposts(kind: str, subnets: Sequence[Any]) -> None:
    """A Network Load Balancer takes subnets of Availability Zones; Outposts are named for Application Load Balancers
    alone (API reference, CreateLoadBalancer). AWS documents no words of the refusal.
    """
    placed = [each.id for each in subnets if getattr(each, "outpost_arn", None)]
    if placed and kind != "application":
        raise invalid(f"Subnets on an Outpost are not supported for this type of load balancer: {', '.join(placed)}")


def check_room(subnets: Sequence[Any], addresses: Mapping[str, str | None]) -> None:
    """Where AWS picks the address, it wants eight free ones, though it takes one ("Availability Zones", as above)."""
    for subnet in subnets:
        if addresses[subnet.id] is None and subnet.available_ip_address_count < LEAST_FREE:
            message = (
                f"Not enough IP space available in {subnet.id}. ELB requires at least {LEAST_FREE} free IP addresses"
            )
            raise Refused("InvalidSubnet", f"{message} in each subnet.")


def _check_name(name: str) -> None:
    if len(name) > 32:
        raise invalid(f"Load balancer name '{name}' cannot be longer than '32' characters")
    if not valid(NAME, name):
        raise invalid(
            f"Load balancer name '{name}' can only contain alphanumeric characters and hyphens, "
            "must not begin or end with a hyphen, and must not begin with 'internal-'"
        )


def _check_groups(region: str, group_ids: Sequence[str], vpc_id: str) -> None:
    for group_id in group_ids:
        group = backend("ec2", region).get_security_group_from_id(group_id)
        if group is None or group.vpc_id != vpc_id:
            raise Refused("InvalidSecurityGroup", f"Security group '{group_id}' is not in VPC '{vpc_id}'")


def _check_quota(elbv2: Any, kind: str | None, quota: int) -> None:
    if kind == "network" and sum(each.type == "network" for each in elbv2.load_balancers.values()) >= quota:
        raise Refused("TooManyLoadBalancers", f"The maximum number of load balancers has been reached: {quota}")


def _same_or_refused(elbv2: Any, existing: Any, p: dict[str, Any], subnet_ids: list[str]) -> Any:
    """The existing load balancer of that name, if every setting is the same."""
    found = (
        existing.type,
        existing.scheme,
        existing.ip_address_type,
        sorted(existing.security_groups or ()),
        sorted(each.id for each in existing.subnets),
        elbv2.tagging_service.get_tag_dict_for_resource(existing.arn),
    )
    asked = (
        p.get("Type", "application"),
        p.get("Scheme", "internet-facing"),
        p.get("IpAddressType", "ipv4"),
        sorted(p.get("SecurityGroups", [])),
        sorted(subnet_ids),
        tags_of(p.get("Tags")),
    )
    if found != asked or timeline(elbv2).balancers[existing.arn].gone_at is not None:
        message = f"A load balancer with the same name '{existing.name}' exists, but with different settings"
        raise Refused("DuplicateLoadBalancerName", message)
    return existing


def _offered(region: str, arn: str, now: float) -> bool:
    """Whether an endpoint service, one being deleted included, still holds the load balancer."""
    return any(each.holds(arn, now) for each in backend("ec2", region).configurations.values())
