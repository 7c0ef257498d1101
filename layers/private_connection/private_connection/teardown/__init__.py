"""Removing a connection: what is left, what of it can go now, and what to say in the end."""
