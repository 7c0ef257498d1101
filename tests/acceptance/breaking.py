"""A sandbox in which one assumption does not hold: `python -m tests.acceptance.breaking NAME serve ...`."""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.core.responses import ActionResult

from sandbox.__main__ import main
from sandbox.services.common import Refused
from sandbox.services.ec2.responses import Ec2

Operation = Callable[[Any], ActionResult]


def absent_principal_is_ignored(real: Operation, this: Any) -> ActionResult:
    try:
        return real(this)
    except Refused as refusal:
        if "is not an allowed principal" not in str(refusal):
            raise
        return ActionResult({"ReturnValue": True})


def service_needs_another_right(real: Operation, this: Any) -> ActionResult:
    this.error_on_dryrun()
    raise Refused("UnauthorizedOperation", "You are not authorized to perform ec2:AnotherAction.")


BROKEN: Final[Mapping[str, tuple[str, Callable[[Operation, Any], ActionResult]]]] = {
    "principal": ("modify_vpc_endpoint_service_permissions", absent_principal_is_ignored),
    "right": ("create_vpc_endpoint_service_configuration", service_needs_another_right),
}


def break_it(name: str) -> None:
    operation, instead = BROKEN[name]
    real: Operation = getattr(Ec2, operation)
    setattr(Ec2, operation, lambda this: instead(real, this))


if __name__ == "__main__":
    break_it(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
