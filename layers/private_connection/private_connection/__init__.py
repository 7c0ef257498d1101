"""Connects Ververica Cloud to Amazon ElastiCache: the functions that the state machines call, one per step.

The packages follow the steps: `request` (what a user asks for), `preflight` (step 0), `cluster` (steps 1 to 3), `paths`
(steps 4 to 6), `access` (step 7) and `teardown`. `cluster`, `paths` and `access` do not import each other.

A step is a function from one frozen model to another, which stand above it in its module; models that several steps
share are in `contracts`. A module for a kind of AWS resource has ``find_x`` (``None`` if it is absent), ``list_x`` (all
of one connection), ``ensure_x`` (finds or creates it, then corrects its settings) and ``delete_x`` (an absent one is
success). No function waits: it raises ``NotYetConsistent``, and the state machine calls it again. Failures are classes
of `errors`; `ownership` decides by tags which resources are ours.
"""
