"""Least privilege: every recorded call is granted, every grant is used, and requests for foreign resources are refused.

Runs record what each function and machine needs (`pytest --record`); an evaluator of IAM that knows nothing of this
project judges that against the policies of the rendered template.

    python -m tools.permissions
"""
