"""Writes the command `private-connection` into the environment: `python -m tools.command`.

It runs the code of this checkout, so that nothing has to be installed again when that changes.
"""

import sys
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
SCRIPT: Final = """\
#!{python}
import sys

sys.path[:0] = [{checkout!r}, {cli!r}]
from private_connection_cli.commands import main

main()
"""


def main() -> None:
    path = Path(sys.executable).parent / "private-connection"
    path.write_text(SCRIPT.format(python=sys.executable, checkout=str(CHECKOUT), cli=str(CHECKOUT / "cli")))
    path.chmod(0o755)


if __name__ == "__main__":
    main()
