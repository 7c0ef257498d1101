"""What it takes to connect Ververica Cloud to Amazon ElastiCache: one module per AWS resource, one function per step.

Each resource module offers the same triad: ``find_x`` looks (absence is ``None``), ``ensure_x`` finds or creates and
then converges, ``delete_x`` forgives absence. Nothing here waits: what is not there yet raises ``NotYetConsistent``,
and the state machine looks again. Borders are models of `contracts`, failures are classes of `errors`, and what is ours
is told by `ownership`.
"""
