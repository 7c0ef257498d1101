"""Writes the template as CloudFormation deploys it to build/template.json: translated, definitions inlined.

Linters do not see IAM policies and definitions in a SAM source, so they read this. An S3 address that names the folder
stands for code: nothing is packaged or uploaded. Definitions, with the defaults of the template's parameters filled in,
go to build/definitions. checkov passes over resources whose condition does not hold by default, so for it there is
build/unconditional.json, the same without conditions of resources.

    python -m tools.render
"""

import copy
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from sandbox.deployment.template import Template as Substituted
from tools.deployment import FUNCTION, LAYER, MACHINE, PARTITION, REGION, TEMPLATE, read_template

BUILD = Path("build")
PLACES = {FUNCTION: "CodeUri", LAYER: "ContentUri", MACHINE: "DefinitionUri"}
"""Where a resource says which file or folder it is made of."""
BUCKET = "s3://artifacts/"

Template = dict[str, Any]


def rendered(path: Path = TEMPLATE) -> Template:
    """The CloudFormation template that a SAM template stands for."""
    # loaded here, because it takes as long as all else that `tools` imports, and most of them render nothing
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    source: Template = copy.deepcopy(dict(read_template(path).source))
    for resource in source["Resources"].values():
        place = PLACES.get(resource["Type"])
        if place:
            resource["Properties"][place] = BUCKET + resource["Properties"][place]
    # A Region is all that the translator asks the session for.
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    template: Template = translator.translate(source, {})
    translator.metrics.publish()  # to nobody; it complains when it is collected else, at any time
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            _inline(resource["Properties"], path.parent)
    return template


def _inline(properties: dict[str, Any], folder: Path) -> None:
    place: Mapping[str, str] = properties.pop("DefinitionS3Location")
    text = (folder / place["Key"]).read_text()
    properties["DefinitionString"] = text.replace("${Partition}", PARTITION)  # cfn-lint wants ARNs there
    del properties["DefinitionSubstitutions"]["Partition"]


def unconditional(template: Template) -> Template:
    """The template with every resource, whatever the parameters say."""
    resources = {
        name: {key: value for key, value in each.items() if key != "Condition"}
        for name, each in template["Resources"].items()
    }
    return {**template, "Resources": resources}


def _write(path: Path, template: Template) -> None:
    path.write_text(json.dumps(template, indent=1) + "\n")


def main(folder: Path = BUILD) -> int:
    output, definitions = folder / "template.json", folder / "definitions"
    definitions.mkdir(parents=True, exist_ok=True)
    machines, template = Substituted(TEMPLATE, REGION).machines, rendered()
    for key, machine in machines.items():
        (definitions / f"{key}.asl.json").write_text(machine.definition)
    _write(output, template)
    _write(folder / "unconditional.json", unconditional(template))
    resources = len(template["Resources"])
    sys.stdout.write(f"rendered: {resources} resources ({output}), {len(machines)} definitions ({definitions})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
