"""Parameters of a deployment, where a test needs others than the defaults."""

from sandbox.deployment.resolver import ACCOUNT


def extending(*roles: str) -> dict[str, str]:
    """A deployment whose runs may add their policy to these roles of the account."""
    return {"ExtendableRoleArns": ",".join(f"arn:aws:iam::{ACCOUNT}:role/{each}" for each in roles)}
