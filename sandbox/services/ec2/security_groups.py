"""Security groups and their rules (EC2 API reference: AuthorizeSecurityGroupIngress and its neighbours).

Moto adds the rules of a request one by one and so keeps those before a duplicate, returns those of the last permission
only, refuses ids that are not hexadecimal, and deletes groups that are in use.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses import EC2Response

from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import Answer, Refused, backend, page, selected, tag_list, tags_of, valid
from sandbox.services.ec2 import interfaces
from sandbox.services.ec2.protocol import Ec2Response
from sandbox.services.elasticache.state import State

PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "all": "-1"}
GROUP_NAME = r"(?!sg-)[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}"
MOST = 1000


@dataclass(frozen=True)
class Permission:
    """One rule: a protocol, ports, and one source. Its description does not make it another rule."""

    protocol: str
    from_port: int | None
    to_port: int | None
    cidr: str | None = None
    group_id: str | None = None
    prefix_list: str | None = None

    @classmethod
    def of(cls, rule: Any) -> "Permission":
        cidr, group = rule.ip_range.get("CidrIp") or rule.ip_range.get("CidrIpv6"), rule.source_group.get("GroupId")
        return cls(rule.ip_protocol, rule.from_port, rule.to_port, cidr, group, rule.prefix_list_id)


class SecurityGroups:
    """Mixed into the corrected EC2 responses."""

    def create_security_group(self: Ec2Response) -> ActionResult:
        self.error_on_dryrun()
        name, vpc_id = self._get_param("GroupName"), self._get_param("VpcId")
        if vpc_id is None and self.ec2_backend.default_vpc is None:
            raise Refused("VPCIdNotSpecified", "No default VPC for this user")
        if vpc_id is not None and vpc_id not in self.ec2_backend.vpcs:
            raise Refused("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
        if not valid(GROUP_NAME, name):
            raise Refused("InvalidParameterValue", f"Invalid value '{name}' for GroupName.")
        if sum(len(groups) for groups in self.ec2_backend.groups.values()) >= self.conditions.quotas.security_groups:
            raise Refused("SecurityGroupLimitExceeded", "The maximum number of security groups has been reached.")
        made = EC2Response.create_security_group(self)
        # other services see it later (EC2 Developer Guide, "Eventual consistency in the Amazon EC2 API")
        group = self.ec2_backend.get_security_group_from_id(made.result["GroupId"])
        group.visible_at = self.now() + self.conditions.latency.security_group_visibility
        return made

    def _security_group(self: Ec2Response, group_id: str | None) -> Any:
        found = self.ec2_backend.get_security_group_from_id(group_id)
        if found is None:
            raise Refused("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
        return found

    def delete_security_group(self: Ec2Response) -> ActionResult:
        self.error_on_dryrun()
        group_id = self._get_param("GroupId")
        group = self._security_group(group_id)
        if group.is_default:
            raise Refused("CannotDelete", f"the specified group: '{group_id}' name: 'default' cannot be deleted")
        if _in_use(self.region, group_id):
            raise Refused("DependencyViolation", f"resource {group_id} has a dependent object")
        for rule in [*group.ingress_rules, *group.egress_rules]:
            self.ec2_backend.tags.pop(rule.id, None)
        del self.ec2_backend.groups[group.vpc_id][group_id]
        self.ec2_backend.tags.pop(group_id, None)
        return Answer({"Return": True, "GroupId": group_id})

    def authorize_security_group_ingress(self: Ec2Response) -> ActionResult:
        self.error_on_dryrun()
        p = self._get_params()
        group = self._security_group(p.get("GroupId") or p.get("GroupName"))
        asked = [each for permission in _permissions(p) for each in _rules(self.ec2_backend, permission)]
        present = [Permission.of(rule) for rule in group.ingress_rules]
        wanted = [permission for permission, _ in asked]
        if len(set(wanted)) < len(wanted) or set(wanted) & set(present):
            raise Refused("InvalidPermission.Duplicate", "the specified rule already exists")
        if _rules_counted(self.ec2_backend, [*present, *wanted]) > self.conditions.quotas.rules_per_security_group:
            message = "The maximum number of rules per security group has been reached."
            raise Refused("RulesPerSecurityGroupLimitExceeded", message)
        tags = _rule_tags(p)
        added = [add_rule(self.ec2_backend, group, *each, tags, self.now()) for each in asked]
        return Answer({"Return": True, "SecurityGroupRules": [_view(self.ec2_backend, each) for each in added]})

    def revoke_security_group_ingress(self: Ec2Response) -> ActionResult:
        self.error_on_dryrun()
        p = self._get_params()
        group = self._security_group(p.get("GroupId") or p.get("GroupName"))
        by_id = {rule.id: rule for rule in group.ingress_rules}
        wanted = p.get("SecurityGroupRuleIds") or _ids_of(self.ec2_backend, group, p)
        for rule_id in wanted:
            if rule_id not in by_id:
                message = f"The security group rule ID '{rule_id}' does not exist"
                raise Refused("InvalidSecurityGroupRuleId.NotFound", message)
        group.ingress_rules = [rule for rule in group.ingress_rules if rule.id not in wanted]
        group.revoked_rules = [*getattr(group, "revoked_rules", ()), *(by_id[rule_id] for rule_id in set(wanted))]
        group.changed_at = self.now()
        for rule_id in wanted:
            by_id[rule_id].revoked_at = self.now()
            self.ec2_backend.tags.pop(rule_id, None)
        return Answer({"Return": True})

    def describe_security_group_rules(self: Ec2Response) -> ActionResult:
        wanted, ec2 = self._get_param("SecurityGroupRuleIds", []), self.ec2_backend
        rules = {rule.id: rule for rule in all_rules(ec2)}
        for rule_id in wanted:
            if rule_id not in rules:
                message = f"The security group rule ID '{rule_id}' does not exist"
                raise Refused("InvalidSecurityGroupRuleId.NotFound", message)
        fields: dict[str, Callable[[Any], object]] = {
            "group-id": lambda rule: rule.group_id,
            "security-group-rule-id": lambda rule: rule.id,
            "tags": lambda rule: dict(ec2.tags.get(rule.id, {})),
        }
        listed = [rules[rule_id] for rule_id in wanted] or list(rules.values())
        found = selected(listed, self._filters_from_querystring(), fields)
        shown, token = page(found, int(self._get_param("MaxResults", MOST)), self._get_param("NextToken"))
        return Answer({"SecurityGroupRules": [_view(ec2, rule) for rule in shown], "NextToken": token})


def all_rules(ec2: Any) -> Iterable[Any]:
    for groups in list(ec2.groups.values()):
        for group in groups.values():
            yield from [*group.ingress_rules, *group.egress_rules]


def add_rule(
    ec2: Any, group: Any, permission: Permission, description: str | None, tags: Mapping[str, str], now: float
) -> Any:
    extra = {"Description": description} if description else {}
    source = {"GroupId": permission.group_id, "UserId": ACCOUNT, **extra} if permission.group_id else None
    cidr = {"CidrIp": permission.cidr, **extra} if permission.cidr else extra if permission.prefix_list else None
    listed = {"PrefixListId": permission.prefix_list} if permission.prefix_list else None
    ports = permission.from_port, permission.to_port
    rule = SecurityGroupRule(ec2, permission.protocol, group.id, *ports, cidr, source, listed, is_egress=False)
    rule.created_at = now
    group.add_ingress_rule(rule)
    ec2.tags[rule.id].update(tags)
    return rule


def permission_of(
    ec2: Any, p: Mapping[str, Any], cidr: str | None = None, group_id: str | None = None, prefix_list: str | None = None
) -> Permission:
    protocol = str(p.get("IpProtocol", "")).lower()
    protocol = PROTOCOLS.get(protocol, protocol)
    if protocol not in ("tcp", "udp", "icmp", "-1"):
        raise Refused("InvalidParameterValue", f"Invalid value '{p.get('IpProtocol')}' for IP protocol.")
    if group_id is not None and ec2.get_security_group_from_id(group_id) is None:
        raise Refused("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
    if prefix_list is not None and prefix_list not in ec2.managed_prefix_lists:
        raise Refused("InvalidPrefixListID.NotFound", f"The prefix list ID '{prefix_list}' does not exist")
    return Permission(protocol, *_ports(p, protocol), _canonical(cidr) if cidr else None, group_id, prefix_list)


def _ports(p: Mapping[str, Any], protocol: str) -> tuple[int | None, int | None]:
    if protocol == "-1":
        return None, None
    if "FromPort" not in p or "ToPort" not in p:
        raise Refused("InvalidParameterValue", "Invalid value for portRange. Must specify both from and to ports.")
    first, last = int(p["FromPort"]), int(p["ToPort"])
    if protocol != "icmp" and not 0 <= first <= last <= 65_535:
        raise Refused("InvalidParameterValue", f"Invalid port range {first} to {last}.")
    return first, last


def _canonical(cidr: str) -> str:
    """EC2 keeps the network of a CIDR, not the host bits that came with it."""
    try:
        return str(ip_network(cidr, strict=False)) if "/" in cidr else _malformed(cidr)
    except ValueError:
        return _malformed(cidr)


def _malformed(cidr: str) -> str:
    raise Refused("InvalidParameterValue", f"CIDR block {cidr} is malformed")


def _permissions(p: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A request's permissions; the single-rule form counts as one."""
    if "IpPermissions" in p:
        found: list[Mapping[str, Any]] = p["IpPermissions"]
        return found
    single = {name: p[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in p}
    return [{**single, "IpRanges": [{"CidrIp": p["CidrIp"]}] if "CidrIp" in p else []}]


def _rules(ec2: Any, p: Mapping[str, Any]) -> list[tuple[Permission, str | None]]:
    sources = [
        *({"cidr": each["CidrIp"], "of": each} for each in p.get("IpRanges", [])),
        *({"group_id": each["GroupId"], "of": each} for each in p.get("UserIdGroupPairs", [])),
        *({"prefix_list": each["PrefixListId"], "of": each} for each in p.get("PrefixListIds", [])),
    ]
    if not sources:
        raise Refused("InvalidParameterValue", "A permission needs at least one source.")
    descriptions = [each.pop("of").get("Description") for each in sources]
    return [(permission_of(ec2, p, **each), said) for each, said in zip(sources, descriptions, strict=True)]


def _rules_counted(ec2: Any, permissions: Iterable[Permission]) -> int:
    """A rule for a prefix list counts as so many as the list may have entries (VPC User Guide, "Work with
    customer-managed prefix lists").
    """
    lists = ec2.managed_prefix_lists
    return sum(int(lists[each.prefix_list].max_entries) if each.prefix_list else 1 for each in permissions)


def _rule_tags(p: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in p.get("TagSpecifications", []):
        if each.get("ResourceType") != "security-group-rule":
            message = f"'{each.get('ResourceType')}' is not a valid taggable resource type for this operation."
            raise Refused("InvalidParameterValue", message)
        found |= tags_of(each.get("Tags"))
    return found


def _ids_of(ec2: Any, group: Any, p: Mapping[str, Any]) -> list[str]:
    wanted = [permission for each in _permissions(p) for permission, _ in _rules(ec2, each)]
    found = {Permission.of(rule): rule.id for rule in group.ingress_rules}
    if any(permission not in found for permission in wanted):
        raise Refused("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    return [found[permission] for permission in wanted]


def _in_use(region: str, group_id: str) -> bool:
    clusters, ec2 = State(region).clusters.values(), backend("ec2", region)
    referring = (rule for rule in all_rules(ec2) if rule.group_id != group_id)
    return (
        bool(interfaces.using_group(region, group_id))
        or any(group_id in each.settings.security_groups for each in clusters)
        or any(rule.source_group.get("GroupId") == group_id for rule in referring)
    )


def _view(ec2: Any, rule: Any) -> dict[str, object]:
    referenced = rule.source_group.get("GroupId")
    return {
        "SecurityGroupRuleId": rule.id,
        "GroupId": rule.group_id,
        "GroupOwnerId": ACCOUNT,
        "IsEgress": rule.is_egress,
        "IpProtocol": rule.ip_protocol,
        "FromPort": -1 if rule.from_port is None else rule.from_port,
        "ToPort": -1 if rule.to_port is None else rule.to_port,
        "CidrIpv4": rule.ip_range.get("CidrIp"),
        "CidrIpv6": rule.ip_range.get("CidrIpv6"),
        "PrefixListId": rule.prefix_list_id,
        "ReferencedGroupInfo": {"GroupId": referenced, "UserId": ACCOUNT} if referenced else None,
        "Description": rule.ip_range.get("Description") or rule.source_group.get("Description"),
        "Tags": tag_list(ec2.tags.get(rule.id, {})),
    }
