"""`python -m private_connection_cli demo`. Exits 1 when what it shows does not succeed."""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from private_connection_cli.demo import demo


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    return 0 if demo(chosen.seed, not chosen.fast, Console(file=sys.stdout), chosen.teardown) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m private_connection_cli", description="Private connections.")
    commands = parser.add_subparsers(required=True)
    show = commands.add_parser("demo", help="create a cluster and connect it, in a sandbox")
    show.add_argument("--seed", type=int, default=0)
    show.add_argument("--fast", action="store_true", help="do not slow down for people")
    show.add_argument("--teardown", action="store_true", help="tear it down again afterwards")
    return parser


if __name__ == "__main__":
    sys.exit(main())
