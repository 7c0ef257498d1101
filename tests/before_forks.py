"""What an account does once before it is forked, because every fork would do it again otherwise."""

import importlib

from sandbox.account import Account


def prepare(account: Account) -> None:
    """Its functions' code, and the clients that they share: for a fork these are the dearest part of a short run."""
    account.load()
    clients = importlib.import_module("private_connection.clients")  # the account's own copy, not this process's
    for make in (clients.ec2, clients.elasticache, clients.elbv2, clients.iam):
        make()
