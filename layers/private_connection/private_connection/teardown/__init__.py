"""Teardown: which resources are left, which of them can be deleted now (`looks`), and the report at the end."""
