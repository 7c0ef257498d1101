"""Refuses a Python that is too old, by name, before an environment is made with it.

It uses only syntax that old versions understand, because any of them may run it: `python3 tools/python_version.py`.
"""

import sys

OLDEST = (3, 11)


def refusal(version: "tuple[int, ...]", executable: str) -> "str | None":
    """Why a Python of this version is refused, or None."""
    if version[:2] >= OLDEST:
        return None
    found, needed = (".".join(map(str, each)) for each in (version, OLDEST))
    return f"Python {needed} or later is needed, and {executable} is {found}: name another, make demo PYTHON=python3.13"


if __name__ == "__main__":
    sys.exit(refusal(sys.version_info[:3], sys.executable))
