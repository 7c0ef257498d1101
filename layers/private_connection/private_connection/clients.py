"""The AWS clients, made when first used and kept for the life of the execution environment.

Making one costs 80 to 180 ms of a cold start, and importing boto3 as much again, so a function makes only the clients
that it calls. botocore's ``standard`` mode repeats a throttled or failed request inside a function; the state machine
repeats the function.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import PaginatorConfigTypeDef
    from mypy_boto3_elasticache import ElastiCacheClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_pricing import PricingClient
    from mypy_boto3_stepfunctions import SFNClient

EC2_FILTER_VALUES = 200
"""Values that one EC2 filter takes (EC2 API reference, Filter)."""
ELB_RESOURCES = 20
"""Resources that one DescribeLoadBalancers or DescribeTags call takes (ELB API reference)."""
ELB_PAGES: Final["PaginatorConfigTypeDef"] = {"PageSize": 400}
"""Resources on the largest page that ELB gives (API reference, PageSize), for looks at all that there are."""
EC2_PAGES: Final["PaginatorConfigTypeDef"] = {"PageSize": 1000}
"""Resources on the largest page that EC2 gives, for looks at all that there are. In a large account
DescribeNetworkInterfaces fails without a size, unless one of some filters narrows it, of which ``description`` is none
(EC2 API reference).
"""
Value = TypeVar("Value")


@cache
def elasticache() -> "ElastiCacheClient":
    import boto3

    return boto3.client("elasticache", config=_config())


@cache
def ec2() -> "EC2Client":
    import boto3

    return boto3.client("ec2", config=_config())


@cache
def elbv2() -> "ElasticLoadBalancingv2Client":
    import boto3

    return boto3.client("elbv2", config=_config())


@cache
def iam() -> "IAMClient":
    import boto3

    return boto3.client("iam", config=_config())


@cache
def dynamodb() -> "DynamoDBClient":
    import boto3

    return boto3.client("dynamodb", config=_config())


@cache
def stepfunctions() -> "SFNClient":
    import boto3

    return boto3.client("stepfunctions", config=_config())


@cache
def events() -> "EventBridgeClient":
    """Gives up within 13 seconds: what is told is worth no more of a function's minute."""
    import boto3

    return boto3.client("events", config=_config(connect_timeout=2, read_timeout=4, attempts=2))


@cache
def pricing(region: str) -> "PricingClient":
    """Of the price list, which answers in few Regions. It tries once and gives up within 3 seconds, because a plan is
    as good without prices.
    """
    import boto3

    return boto3.client("pricing", region_name=region, config=_config(connect_timeout=1, read_timeout=2, attempts=1))


def _config(connect_timeout: float = 3, read_timeout: float = 10, attempts: int = 4) -> "Config":
    from botocore.config import Config

    return Config(
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )


def batches(values: Sequence[Value], size: int) -> Iterator[Sequence[Value]]:
    """The values in order, at most ``size`` at a time, for calls that take only so many."""
    return (values[first : first + size] for first in range(0, len(values), size))
