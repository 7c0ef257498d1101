"""Checks, for `make build`, the package that `sam build` made."""
