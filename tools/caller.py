"""Turns what boto3 raises when it looks for credentials into one line that says what to do."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from botocore import exceptions as aws

from private_connection_cli.problems import CODE_REFUSED
from private_connection_cli.sessions import CodeNotGivenError

ANY_WAY = "aws configure, aws login, aws sso login, or export AWS_PROFILE=…"
REMEDIES: Final[Mapping[tuple[type[aws.BotoCoreError], ...], str]] = {
    (aws.NoCredentialsError, aws.NoAuthTokenError): f"no AWS credentials: {ANY_WAY}",
    (aws.PartialCredentialsError,): "AWS credentials are incomplete ({error}): " + ANY_WAY,
    (aws.ProfileNotFound,): "{error}: aws configure list-profiles shows those that there are",
    (aws.SSOError, aws.TokenRetrievalError): "the sign-in has expired: aws sso login{option}",
    (aws.LoginInsufficientPermissions,): "aws login is not allowed here: allow signin:CreateOAuth2Token",
    (aws.LoginError,): "the sign-in has expired: aws login{option}",
    (aws.MissingDependencyException,): "a package is missing ({error}): make clean, and call it again",
    (aws.RefreshWithMFAUnsupportedError,): "the sign-in has expired: the next call asks for another MFA code",
    (CodeNotGivenError,): "{error}: call it at a terminal, or sign in with the AWS CLI before",
    (aws.InvalidRegionError,): "{region} is not the name of a Region: correct it where it was said",
    (aws.ConnectionError, aws.HTTPClientError): (
        "no answer from AWS in {region}: is that the name of a Region, and is there a network? ({error})"
    ),
}
CODES: Final[Mapping[tuple[str, ...], str]] = {
    ("ExpiredToken", "ExpiredTokenException", "RequestExpired"): "the credentials have expired: sign in again ({any})",
    ("InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException", "InvalidAccessKeyId"): (
        "AWS does not accept the credentials ({error}): {any}"
    ),
}
CODE_REFUSED_TOLD: Final = "AWS did not take the MFA code, which it takes once: wait for the next one ({error})"
OTHERWISE: Final = "AWS does not say who you are: {error}"


class RefusedError(Exception):
    """What is missing, and what to do about it, in one line."""


@contextmanager
def caller(profile: str | None, region: str = "") -> Iterator[None]:
    """Turns what boto3 raises inside, if it has no credentials or AWS does not accept them, into a `RefusedError`."""
    try:
        yield
    except aws.ClientError as error:
        code = error.response["Error"]["Code"]
        told = next((text for codes, text in CODES.items() if code in codes), OTHERWISE)
        told = CODE_REFUSED_TOLD if CODE_REFUSED in str(error) else told
        raise RefusedError(_filled(told, error, profile, region)) from error
    except aws.BotoCoreError as error:
        told = next((text for kinds, text in REMEDIES.items() if isinstance(error, kinds)), OTHERWISE)
        raise RefusedError(_filled(told, error, profile, region)) from error


def _filled(text: str, error: Exception, profile: str | None, region: str) -> str:
    named = profile or os.environ.get("AWS_PROFILE")
    option = f" --profile {named}" if named else ""
    one_line = " ".join(str(error).split()).rstrip(".")
    return text.format(error=one_line, option=option, region=region, any=ANY_WAY)
