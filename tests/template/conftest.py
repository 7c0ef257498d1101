"""The template as CloudFormation deploys it, rendered once."""

from typing import Any

import pytest

from tools.render import rendered


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    return rendered()
