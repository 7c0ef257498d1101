"""The command line of a private connection: runs shown as they go, and the hand-off sheet that they end in."""
