"""What an account does once before it is forked, because every fork would do it again otherwise."""

import importlib


def make_clients() -> None:
    """The clients that the open account's functions share: for a fork they are the dearest part of a short run."""
    clients = importlib.import_module("private_connection.clients")  # the account's own copy, not this process's
    for make in (clients.ec2, clients.elasticache, clients.elbv2, clients.iam):
        make()
