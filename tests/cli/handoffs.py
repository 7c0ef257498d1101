"""Hand-offs for the sheet: a plain one, and one of which every text is hostile."""

from typing import Any

HANDOFF: dict[str, Any] = {
    "connection": "redis-demo",
    "status": "READY",
    "workspaceId": "ws-1",
    "clusterId": "redis-demo",
    "region": "us-east-1",
    "changes": [],
    "roleArn": "arn:aws:iam::123456789012:role/r",
    "engine": "redis",
    "transitEncryption": True,
    "findings": [],
    "endpoints": [
        {
            "node": "redis-demo-001",
            "role": "primary",
            "serviceName": "com.amazonaws.vpce.us-east-1.vpce-svc-1",
            "endpoint": "redis-demo-001.abc.0001.use1.cache.amazonaws.com",
            "port": 6379,
            "availabilityZone": "us-east-1a",
            "availabilityZoneId": "use1-az1",
        }
    ],
}
HOSTILE = "</code><script>alert(1)</script>&\"'|`*_[x](javascript:1)\n# x"


def hostile() -> dict[str, Any]:
    """A hand-off with a hostile text wherever there is one."""

    def spoiled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: spoiled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [spoiled(each) for each in value]
        return HOSTILE if isinstance(value, str) else value

    finding = dict.fromkeys(("code", "level", "field", "message", "remedy"), "")
    spoilt: dict[str, Any] = spoiled({**HANDOFF, "findings": [finding]})
    return spoilt
