"""What the template deploys, as CloudFormation would resolve it."""

from pathlib import Path

import pytest

from sandbox.deployment.resolver import TemplateError
from sandbox.deployment.template import Template, substitute
from sandbox.tests.engine_stage import FIXTURES

SMALL = FIXTURES / "small" / "template.yaml"


def small(**parameters: str) -> Template:
    return Template(SMALL, "us-west-1", parameters)


def written(folder: Path, text: str) -> Template:
    (folder / "template.yaml").write_text(text)
    return Template(folder / "template.yaml", "us-east-1")


def test_functions_have_what_globals_and_their_own_properties_say() -> None:
    functions = small().functions
    slow, surroundings = functions["Slow"], functions["sandbox-surroundings"]
    assert (slow.step, slow.handler, slow.timeout, slow.memory) == ("slow", "app.lambda_handler", 5, 512)
    assert (functions["Echo"].timeout, functions["Echo"].memory) == (10, 128)
    assert slow.environment == {"GREETING": "hello", "SHARED": "yes"}
    assert surroundings.environment == {
        "GREETING": "overridden",
        "SHARED": "yes",
        "WHERE": "us-west-1/arn:aws:lambda:us-west-1:123456789012:function:Echo",
    }
    assert surroundings.arn == "arn:aws:lambda:us-west-1:123456789012:function:sandbox-surroundings"
    assert [layer.name for layer in slow.layers] == ["layer"]


def test_machines_are_called_by_their_file_and_have_their_substitutions_made() -> None:
    machines = small(Pause="45").machines
    assert set(machines) == {"parent", "child", "call", "plain"}
    assert machines["child"].arn == "arn:aws:states:us-west-1:123456789012:stateMachine:sandbox-child"
    assert f'"StateMachineArn": "{machines["child"].arn}"' in machines["parent"].definition
    assert '"Seconds": "{% 45 %}"' in machines["parent"].definition
    assert "function:Echo" in machines["child"].definition


def test_the_consumer_is_the_account_that_a_parameter_names_by_its_root(tmp_path: Path) -> None:
    assert small().consumer == "111122223333"
    assert small(Consumer="arn:aws:iam::444455556666:root").consumer == "444455556666"
    assert small(Consumer="arn:aws:iam::444455556666:role/x").consumer is None
    assert small(Greeting="arn:aws:iam::444455556666:root").consumer is None, "two are named"


@pytest.mark.parametrize("written_as", ["!GetAtt Table.Arn", "!GetAtt [Table, Arn]", "{'Fn::GetAtt': Table.Arn}"])
def test_an_attribute_is_resolved_however_it_is_written(tmp_path: Path, written_as: str) -> None:
    """CloudFormation user guide, "Fn::GetAtt"."""
    text = f"Resources: {{Table: {{Type: AWS::DynamoDB::Table}}, Role: {{Type: R, Properties: {{A: {written_as}}}}}}}"
    template = written(tmp_path, text)
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/Table"
    assert template.resolve(template.properties("R")["Role"]["A"]) == arn


def test_conditions_decide_what_is_there() -> None:
    assert small().resolve({"Role": small().functions["sandbox-surroundings"].role}) == {}
    bounded = small(Boundary="arn:b")
    assert bounded.resolve(bounded.functions["sandbox-surroundings"].role).endswith("function:Echo")


def test_a_file_that_is_no_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError):
        written(tmp_path, "a: [")
    with pytest.raises(TemplateError):
        Template(tmp_path / "missing.yaml", "us-east-1")


def test_a_substitution_that_only_one_side_knows_is_refused(tmp_path: Path) -> None:
    definition = tmp_path / "m.asl.json"
    definition.write_text('{"a": "${Known}", "b": "${Unknown}"}')
    with pytest.raises(TemplateError, match="Unknown"):
        substitute(definition, {"Known": 1})
    with pytest.raises(TemplateError, match="Unused"):
        substitute(definition, {"Known": 1, "Unknown": 2, "Unused": 3})
    assert substitute(definition, {"Known": 1, "Unknown": "x"}) == '{"a": "1", "b": "x"}'
