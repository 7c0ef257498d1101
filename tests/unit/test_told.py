"""Every command of the pages is one that `make readme-test` types, or is named with the reason why it does not."""

import re
from itertools import chain

import pytest
from botocore import xform_name
from botocore.session import get_session

from tests.readme.told import CHECKOUT, PAGES, README, command, commands, untold

REASON = 8
LEFT_OUT = [each.left_out for each in PAGES.values()]


def test_every_page_with_a_command_of_the_aws_cli_is_one_of_these() -> None:
    pages = [CHECKOUT / README, *(CHECKOUT / "docs").rglob("*.md")]
    told = [each for each in pages if any(line.startswith("aws ") for line in commands(each.read_text()))]
    assert {str(each.relative_to(CHECKOUT)) for each in told} - PAGES.keys() == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_typed_or_named(page: str) -> None:
    assert untold(page, (CHECKOUT / page).read_text()) == []


@pytest.mark.parametrize("page", PAGES)
def test_what_is_named_is_on_its_page_once(page: str) -> None:
    for start in (*PAGES[page].typed, *PAGES[page].left_out):
        assert command(page, start).startswith(start)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_left_out_has_its_reason(page: str) -> None:
    assert [each for each, reason in PAGES[page].left_out.items() if len(reason) < REASON] == []


OF_THE_CLI = {"query", "output"}
"""Options that no operation has."""


def options(command: str) -> tuple[str, str, set[str]]:
    """The service, the operation and the options of the call of the AWS CLI in a command."""
    call = re.search(r"aws (\w+) ([a-z-]+)(.*)", command, re.DOTALL)
    assert call is not None
    return call[1], call[2], set(re.findall(r" --([a-z-]+)", call[3])) - OF_THE_CLI


@pytest.mark.parametrize("told", [each for each in chain(*LEFT_OUT) if "aws " in each])
def test_what_is_not_typed_has_the_options_that_its_operation_takes(told: str) -> None:
    (page,) = (page for page in PAGES if told in PAGES[page].left_out)
    service, name, given = options(command(page, told))
    model = get_session().get_service_model(service)
    (operation,) = (each for each in model.operation_names if xform_name(each, "-") == name)
    shape = model.operation_model(operation).input_shape
    assert shape is not None
    known = {xform_name(each, "-") for each in shape.members}
    assert {xform_name(each, "-") for each in shape.required_members} <= given
    assert {each.removeprefix("no-") for each in given} <= known


@pytest.mark.parametrize(
    "gained",
    [
        "\n```\naws ec2 describe-vpcs\n```\n",
        "\n- so:\n\n  ```\n  aws ec2 describe-vpcs\n  ```\n",
        "\nas `aws ec2\ndescribe-vpcs` says\n",
    ],
)
def test_a_command_that_a_page_gains_is_seen(gained: str) -> None:
    assert untold(README, (CHECKOUT / README).read_text() + gained) == ["aws ec2 describe-vpcs"]


def test_a_command_goes_on_where_a_line_is_further_in() -> None:
    text = "```json\n{}\n```\n\n```\naws a \\\n  --b\n\naws c   # d\n```\n\n```\na ──▶ picture\n```\n"
    assert commands(text) == ["aws a \\\n  --b", "aws c   # d"]
