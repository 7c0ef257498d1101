"""STS: assuming a role needs the action on that role (Service Authorization Reference, AWS Security Token Service).

AWS asks a session for it unless the role's trust names the session's own role; here it is asked for in any case.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sandbox.authorization.request import Need, Request, Rule


def _assuming(request: Request) -> Iterator[Need]:
    yield request.need(request.parameters["RoleArn"])


RULES: Final[Mapping[str, Rule]] = {"AssumeRole": _assuming}
