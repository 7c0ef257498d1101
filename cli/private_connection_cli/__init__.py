"""The command line of a private connection: shows a run as it goes, and the hand-off sheet at its end."""

from typing import Final

VERSION: Final = "0.1.0"
