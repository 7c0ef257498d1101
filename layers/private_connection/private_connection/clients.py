"""The AWS clients, made when first used and kept for the life of the execution environment.

Making one costs 80 to 180 ms of a cold start, so a function pays only for the services that it really calls. botocore's
``standard`` mode repeats a throttled or failed request inside a function; the state machine repeats the function.
"""

import os
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_elasticache import ElastiCacheClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_iam import IAMClient

CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})


@cache
def elasticache() -> "ElastiCacheClient":
    return boto3.client("elasticache", config=CONFIG)


@cache
def ec2() -> "EC2Client":
    return boto3.client("ec2", config=CONFIG)


@cache
def elbv2() -> "ElasticLoadBalancingv2Client":
    return boto3.client("elbv2", config=CONFIG)


@cache
def iam() -> "IAMClient":
    return boto3.client("iam", config=CONFIG)


def region() -> str:
    """The Region that the functions run in, which is the connection's (Lambda sets ``AWS_REGION``)."""
    return os.environ["AWS_REGION"]
