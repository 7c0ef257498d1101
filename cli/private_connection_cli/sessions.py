"""The session that asks AWS: with the Region, the profile and the credentials that AWS CLI v2 would use.

boto3 differs from that in three things. It does not read AWS_REGION (boto/boto3 issue 3620), it reads AWS_PROFILE after
AWS_DEFAULT_PROFILE (botocore's configprovider.py), and it forgets what it got for an assumed role when the process ends
(botocore's credentials.py): a profile with `mfa_serial` would ask for a code at every command, and AWS takes each once.
"""

import contextlib
import os
from getpass import getpass
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError
from botocore.session import Session
from botocore.utils import JSONFileCache

REGIONS: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""The environment variables that may name a Region, in the order in which AWS CLI v2 reads them (its clidriver.py)."""
VARIABLES: Final[dict[str, tuple[Any, Any, Any, Any]]] = {
    "region": ("region", None, None, None),
    "profile": (None, ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"], None, None),
}
"""Where botocore looks for the two: in the profile, and in the environment."""
CACHE: Final = "~/.aws/cli/cache"
"""Where AWS CLI v2 keeps the credentials of assumed roles (its assumerole.py): a code given there counts here too."""


class CodeNotGivenError(BotoCoreError):
    """The credentials take an MFA code, and nobody was there to give one."""

    fmt = "the profile takes an MFA code, and nobody can be asked for it here"


class _Cache(JSONFileCache):
    """A folder that cannot be written, as in some containers, keeps nothing: then credentials last for the process."""

    def __setitem__(self, key: str, value: Any) -> None:
        with contextlib.suppress(OSError):
            super().__setitem__(key, value)


def region_said() -> tuple[str, str] | None:
    """The Region that the environment names, and the variable that does; an empty variable names none."""
    return next(((os.environ[each], each) for each in REGIONS if os.environ.get(each)), None)


def session(profile: str | None = None, region: str | None = None, *, asks: bool = True) -> boto3.Session:
    """Of this profile and Region, where they are given. Without `asks` it raises CodeNotGivenError, as soon as AWS is
    asked, where a person would have to enter an MFA code.

    Raises ProfileNotFound. A session without a Region makes no client: that raises NoRegionError.
    """
    said = region_said()
    core = Session(session_vars=VARIABLES)
    made = boto3.Session(botocore_session=core, profile_name=profile, region_name=region or (said[0] if said else None))
    roles: Any = core.get_component("credential_provider").get_provider("assume-role")
    roles.cache = _Cache(os.path.expanduser(CACHE))
    roles._prompter = _asked if asks else _nobody  # botocore has no other way in
    return made


def _asked(prompt: str) -> str:
    try:
        return getpass(prompt)
    except EOFError as end:
        raise CodeNotGivenError from end


def _nobody(_: str) -> str:
    raise CodeNotGivenError
