"""Checks, formats and draws the state machines' definitions: for `make lint`, `make format` and `make graph`."""
