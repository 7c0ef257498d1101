"""The package that is deployed: the rendered template, and the archives of the layer and of each function.

The layer is built by the Makefile that `sam build` calls, for this machine's Python and processor instead of Lambda's.
"""

import io
import json
import os
import platform
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.emulator.ministack_process import PYTHON, Ministack
from tools.render import BUCKET, rendered

LAYER = Path("layers/private_connection")
UV = Path(".venv/bin/uv")
STACK = "private-connection"
PARAMETERS = {"ReconcileMinutes": "1440", "TargetPollSeconds": "20", "TeardownPollSeconds": "20"}
"""Other than the defaults, as a deployment may choose."""
SYSTEMS = {"Linux": "manylinux2014", "Darwin": "apple-darwin"}
PROCESSORS = {"arm64": "aarch64"}


def deploy(ministack: Ministack, parameters: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Upload the package, create the stack, wait for it. The stack's outputs by name."""
    template = rendered()
    bucket = BUCKET.removeprefix("s3://").rstrip("/")
    storage = ministack.client("s3")
    storage.create_bucket(Bucket=bucket)
    for place, content in archives(template, folder).items():
        storage.put_object(Bucket=bucket, Key=place, Body=content)
    storage.put_object(Bucket=bucket, Key="template.json", Body=json.dumps(template).encode())
    return _create(ministack, f"http://127.0.0.1:{ministack.port}/{bucket}/template.json", parameters)


def _create(ministack: Ministack, template_url: str, parameters: Mapping[str, str]) -> dict[str, str]:
    formation = ministack.client("cloudformation")
    formation.create_stack(
        StackName=STACK,
        TemplateURL=template_url,
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    formation.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    (stack,) = formation.describe_stacks(StackName=STACK)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def archives(template: Mapping[str, Any], folder: Path) -> dict[str, bytes]:
    """By the key under which the template expects it."""
    found: dict[str, bytes] = {}
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::Function":
            found[properties["Code"]["S3Key"]] = _archive(Path(properties["Code"]["S3Key"]))
        elif resource["Type"] == "AWS::Lambda::LayerVersion":
            found[properties["Content"]["S3Key"]] = _archive(_built_layer(folder / "layer"))
    return found


def _built_layer(folder: Path) -> Path:
    asked = [str(PYTHON), "-c", "import sys; print('{}.{}'.format(*sys.version_info))"]
    version = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    processor = PROCESSORS.get(platform.machine(), platform.machine())
    choices = {
        "ARTIFACTS_DIR": str(folder.resolve()),
        "UV": str(UV.resolve()),
        "PYTHON_VERSION": version,
        "PLATFORM": f"{processor}-{SYSTEMS[platform.system()]}",
    }
    command = ["make", "--silent", "-C", str(LAYER), "build-PrivateConnectionLayer"]
    subprocess.run([*command, *(f"{key}={value}" for key, value in choices.items())], check=True, env=os.environ)
    return folder


def _archive(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(folder))
    return content.getvalue()
