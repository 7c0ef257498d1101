"""The other side of a connection: the account that connects to what a hand-off offers.

It has a hand-off, an identity of its own and a VPC of its own, and it asks AWS; nothing else. It stands for the account
of the one to whom a hand-off is given, whose programs nobody outside can see, and shows that a hand-off is enough.

Its cost is one interface endpoint for each node, which AWS bills to this account for as long as it exists, also while
nobody has accepted it.
"""
