"""Where a command finds its deployment: the options that say so, and the connections that are there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from private_connection_cli import sandboxes
from private_connection_cli.deployment import QUICK, Deployment, Place, find_deployment
from private_connection_cli.problems import Exit, Problem
from private_connection_cli.registry import list_connections

World = Annotated[
    Path | None, typer.Option("--world", help="A YAML file: what the account of a sandbox holds when it starts.")
]


@dataclass(frozen=True, slots=True)
class Where:
    """The options that say which deployment a command works with: each command has all of them."""

    stack: Annotated[str | None, typer.Option("--stack", help="The stack, if not ververica-private-connection.")] = None
    profile: Annotated[str | None, typer.Option("--profile", help="The AWS profile.")] = None
    region: Annotated[str | None, typer.Option("--region", help="The Region of the deployment.")] = None
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Work with a sandbox, not with AWS. The first command starts it.")
    ] = False
    world: World = None

    def deployment(self) -> Deployment:
        """Raises Problem where there is none, or the options contradict each other."""
        if self.world and not self.sandbox:
            raise Problem("--world is for a sandbox: add --sandbox", Exit.USAGE)
        place = self.place()
        return find_deployment(replace(place, variables=sandboxes.open_sandbox(self.world)) if self.sandbox else place)

    def place(self) -> Place:
        """In AWS."""
        return Place(self.stack, self.profile, self.region)

    @contextmanager
    def opened(self, in_process: bool) -> Iterator[Deployment]:
        """The deployment; with `in_process` one in a sandbox that lasts as long as the block."""
        if not in_process:
            yield self.deployment()
            return
        if any((self.stack, self.profile, self.region, self.sandbox)):
            raise Problem("--in-process goes with no other option that says where, but for --world", Exit.USAGE)
        sandboxes.require_checkout("--in-process")
        from private_connection_cli.in_process import in_process as sandbox  # it needs the sandbox

        with sandbox(self.world) as deployment:
            yield deployment


def connection_names(context: typer.Context, incomplete: str) -> list[str]:
    """For a shell that completes a name: none where the deployment does not answer at once, or only for an MFA code."""
    given: dict[str, Any] = {each.name: context.params.get(each.name) for each in fields(Where)}
    where = Where(**given)
    try:
        variables = sandboxes.running_sandbox() if where.sandbox else None
        if where.sandbox and variables is None:
            return []
        place = replace(where.place(), variables=variables, config=QUICK, asks=False)
        return [each for each in list_connections(find_deployment(place)).names if each.startswith(incomplete)]
    except Problem:
        return []
