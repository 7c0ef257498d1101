"""The sheet as text for a terminal."""

from collections.abc import Mapping
from typing import Any


def text(handoff: Mapping[str, Any]) -> str:
    """The hand-off as text to paste into the Ververica portal."""
    lines = [
        f"Private connection {handoff['connection']}, ready to be entered in the Ververica portal",
        "",
        f"  Workspace               {handoff['workspaceId']}",
        f"  Role ARN                {handoff['roleArn']}",
        f"  Clients use             {handoff['engine']}, {'with' if handoff['transitEncryption'] else 'without'} TLS",
    ]
    for endpoint in handoff["endpoints"]:
        lines += [
            "",
            f"  {endpoint['node']}{f', {role} now' if (role := endpoint['role']) else ''}",
            f"  Endpoint service name   {endpoint['serviceName']}",
            f"  Node endpoint           {endpoint['endpoint']}:{endpoint['port']}",
            f"  Availability Zone ID    {endpoint['availabilityZoneId']} ({endpoint['availabilityZone']})",
        ]
    findings = [f"  - {_told(each)}" for each in handoff["findings"]]
    return "\n".join([*lines, *(["", "Findings", *findings] if findings else [])])


def _told(finding: Mapping[str, str]) -> str:
    """``warning DEFAULT_GROUP_OPENED (cluster.id): found …; expected …; remedy: …``"""
    where = f"{finding['level']} {finding['code']} ({finding['field']})"
    return f"{where}: {finding['message']}; remedy: {finding['remedy']}"
