"""An AWS account in a process: moto, corrected where AWS differs, and a template's state machines in virtual time.

`python -m sandbox` runs the state machines of `template.yaml` on its real handlers; tests and tools use `Account`.
Nothing that is deployed imports anything from here.
"""
