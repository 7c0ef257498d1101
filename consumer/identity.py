"""Who asks: this account itself, or the role that a hand-off names, for as long as its session lasts.

The credentials of this account are those that boto3 finds. The role's are valid for an hour at most (STS API reference,
AssumeRole, DurationSeconds), longer than a connecting takes.
"""

from typing import Any, Final

import boto3
from botocore.config import Config

from consumer.offers import Offered
from consumer.problems import doing

RETRIES: Final = Config(retries={"mode": "standard", "max_attempts": 5})
SESSION: Final = "consumer"
"""What the owner of the role sees in CloudTrail."""


def client(session: boto3.Session, service: str, region: str) -> Any:
    make: Any = session.client
    return make(service, region_name=region, config=RETRIES)


def assumed(session: boto3.Session, offered: Offered) -> boto3.Session:
    """A session of the role. Raises NotConnectedError where its trust does not admit this account with this id."""
    sts = client(session, "sts", offered.region)
    with doing(f"assuming {offered.role_arn} with the workspace id as external id"):
        answer = sts.assume_role(
            RoleArn=offered.role_arn, RoleSessionName=SESSION, ExternalId=offered.external_id, DurationSeconds=3600
        )
    given = answer["Credentials"]
    return boto3.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=offered.region,
    )
