"""`python -m consumer connect handoff.json`: prints the map of node names to endpoint addresses as JSON.

Credentials and addresses of services come from where boto3 looks for them, the Region from the hand-off. It exits with
0 when it is done, with 1 when AWS refused a step, and with 2 when the hand-off cannot be read.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3

from consumer.connecting import connect, disconnect
from consumer.problems import NoHandoffError, NotConnectedError

REFUSED, USAGE = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    try:
        handoff = json.loads(chosen.handoff.read_text())
    except (OSError, ValueError) as error:
        print(f"{chosen.handoff}: {error}", file=sys.stderr)
        return USAGE
    if chosen.endpoint_url:
        os.environ["AWS_ENDPOINT_URL"] = chosen.endpoint_url
    try:
        print(json.dumps(chosen.command(handoff, boto3.Session(), chosen.subnets), indent=2))
    except NotConnectedError as problem:
        print(problem, file=sys.stderr)
        return USAGE if isinstance(problem, NoHandoffError) else REFUSED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m consumer", description="The other side of a connection.")
    commands = parser.add_subparsers(required=True)
    told = ((connect, "create an endpoint for each node and accept it"), (disconnect, "delete the endpoints"))
    for command, text in told:
        each = commands.add_parser(command.__name__, help=text)
        each.set_defaults(command=command)
        each.add_argument("handoff", type=Path, help="the output of provision, as JSON")
        each.add_argument("--subnets", nargs="+", default=[], help="of this account's VPC; all if left out")
        each.add_argument("--endpoint-url", help="where AWS's APIs are, if not at AWS")
    return parser


if __name__ == "__main__":
    sys.exit(main())
