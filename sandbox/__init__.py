"""An AWS account in a process: moto, corrected where AWS differs, with the deployed workflow on a virtual clock.

`python -m sandbox` runs the state machines of `template.yaml` on the real handlers; tests and tools use `Account`.
Nothing that is deployed imports anything from here.
"""
