"""Reconciliation: finds what of a connection is not as a run left it, and has that mended or tells it."""
