"""The command line of a private connection: shows a run as it goes, and the hand-off sheet at its end."""
