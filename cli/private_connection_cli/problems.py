"""What keeps a command from doing what was asked: one line each, with the remedy, and an exit code."""

import contextlib
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

from botocore import exceptions as aws

from private_connection_cli.sessions import CodeNotGivenError


class Exit(IntEnum):
    """The exit codes of every command. Typer itself exits with 2 for what it cannot read of a command line."""

    DONE = 0
    RUN_FAILED = 1
    """The run that was asked for, or watched, ended without success."""
    USAGE = 2
    NOT_FOUND = 3
    """No such stack, connection or run."""
    REFUSED = 4
    """No credentials, or AWS refused the request."""
    UNWATCHED = 5
    """The run was started, or may have been, and goes on; what kept the command from watching it is told."""
    UNREAD = 141
    """Nobody reads the output any more: the code that a shell gives to what SIGPIPE has ended."""
    INTERRUPTED = 130
    """Ctrl-C: the run goes on."""


class Problem(Exception):  # noqa: N818  it is what the user reads, and not always an error of the program
    def __init__(self, message: str, code: Exit = Exit.REFUSED) -> None:
        super().__init__(message)
        self.code = code


class Refused(Problem):
    """AWS, or the client that asks it, refused; its cause is the error of botocore."""

    @property
    def unanswered(self) -> bool:
        """Whether AWS did not answer, or failed: it may have done what was asked, and may answer the next time."""
        cause = self.__cause__
        if isinstance(cause, aws.ClientError):
            return int(cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) >= 500
        return isinstance(cause, (aws.ConnectionError, aws.HTTPClientError))

    @property
    def throttled(self) -> bool:
        return isinstance(self.__cause__, aws.ClientError) and code_of(self.__cause__) == "ThrottlingException"


SIGN_IN: Final = "sign in again (aws sso login, aws login, or new access keys)"
NO_ANSWER: Final = "AWS does not answer: look at the network and its proxies"
REMEDIES: Final[Mapping[type[Exception], str]] = {
    aws.NoCredentialsError: "found no AWS credentials: run aws configure or aws login, or set AWS_PROFILE or --profile",
    aws.PartialCredentialsError: "found only a part of AWS credentials: complete the profile (aws configure)",
    aws.ProfileNotFound: "has no such AWS profile: aws configure list-profiles has those that exist",
    aws.NoRegionError: "knows no Region: set AWS_REGION or --region to the Region of the deployment",
    aws.UnauthorizedSSOTokenError: f"the sign-in has expired: {SIGN_IN}",
    aws.SSOTokenLoadError: f"is not signed in: {SIGN_IN}",
    aws.TokenRetrievalError: f"the sign-in has expired: {SIGN_IN}",
    aws.LoginInsufficientPermissions: "aws login is not allowed here: allow signin:CreateOAuth2Token",
    aws.LoginTokenLoadError: "is not signed in: aws login",
    aws.LoginError: "the sign-in has expired: aws login",
    aws.MissingDependencyException: "another package is needed: pip install 'botocore[crt]' where this command is",
    aws.RefreshWithMFAUnsupportedError: "the sign-in has expired: the next command asks for another MFA code",
    CodeNotGivenError: "is not signed in: call it at a terminal, or sign in with the AWS CLI before",
    aws.CredentialRetrievalError: f"AWS credentials cannot be read: {SIGN_IN}",
    aws.InvalidConfigError: "the AWS profile is wrong: correct it in ~/.aws/config",
    aws.EndpointConnectionError: "cannot reach AWS: look at the network, the Region and AWS_ENDPOINT_URL",
    aws.SSLError: "AWS's certificate is not accepted: look at the network's proxies and AWS_CA_BUNDLE",
    aws.ConnectionError: NO_ANSWER,
    aws.HTTPClientError: NO_ANSWER,
}
EXPIRED: Final = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
UNKNOWN: Final = ("InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "SignatureDoesNotMatch")
CODE_REFUSED: Final = "MultiFactorAuthentication failed"
"""How STS begins what it says of an MFA code that is wrong, or was used before (aws/aws-cli issue 2279)."""
DENIED: Final = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Raises Refused, with a remedy, for whatever AWS or its client refuses."""
    try:
        yield
    except aws.ClientError as refusal:
        raise Refused(_of_refusal(refusal)) from refusal
    except aws.BotoCoreError as error:
        raise Refused(_of_client(error)) from error


def code_of(refusal: aws.ClientError) -> str:
    return str(refusal.response.get("Error", {}).get("Code", ""))


def _of_client(error: aws.BotoCoreError) -> str:
    remedy = next((text for kind, text in REMEDIES.items() if isinstance(error, kind)), None)
    return f"{remedy} ({one_line(error)})" if remedy else one_line(error)


def _of_refusal(refusal: aws.ClientError) -> str:
    code, request = code_of(refusal), refusal.operation_name
    if code in EXPIRED:
        return f"the sign-in has expired ({code}): {SIGN_IN}"
    if code in UNKNOWN:
        return f"AWS does not know these credentials ({code}): look at AWS_PROFILE, and {SIGN_IN}"
    if CODE_REFUSED in str(refusal):
        return f"AWS did not take the MFA code, which it takes once: wait for the next one ({one_line(refusal)})"
    if code in DENIED:
        return f"AWS refused {request} ({code}): the credentials need this right, docs/rights.md; {one_line(refusal)}"
    return f"AWS refused {request}: {one_line(refusal)}"


def one_line(error: Exception) -> str:
    """What an error says, without its line breaks."""
    return " ".join(str(error).split())
