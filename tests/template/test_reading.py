"""A template that would be read otherwise than it is written is refused."""

from pathlib import Path

import pytest
import yaml

from tools.deployment import read_template


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Resources: {Registry: {Type: A}, Other: {Type: B}, Registry: {Type: C}}", "the key Registry stands 2 times"),
        ("Resources:\n  Registry:\n    Type: A\n    Properties:\n", "the key Properties has no value"),
        ("Outputs: {Arn: {Value: !If [Made, {A: 1, A: 2}, {}]}}", "the key A stands 2 times"),
        ("Resources: {", "did not find expected|expected the node"),
    ],
)
def test_what_would_be_lost_or_left_open_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "template.yaml").write_text(text)
    with pytest.raises(yaml.YAMLError, match=problem):
        read_template(tmp_path / "template.yaml")


def test_short_tags_are_read_as_the_functions_that_they_stand_for(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Outputs: [!GetAtt Table.Arn, !GetAtt [A, B.C], !Ref Table, !Sub 'a.b']")
    whole = [{"Fn::GetAtt": ["Table", "Arn"]}, {"Fn::GetAtt": ["A", "B.C"]}, {"Ref": "Table"}, {"Fn::Sub": "a.b"}]
    assert read_template(tmp_path / "template.yaml").source == {"Outputs": whole}
