"""The request of a run: a JSON file, or flags."""

import json
from pathlib import Path
from typing import Any, Final

from private_connection_cli.problems import Exit, Problem

SAMPLE: Final = "events/adopt.json is a sample"


def read_request(file: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises Problem that says where it is wrong."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Problem(f"{file} cannot be read: {error.strerror}", Exit.USAGE) from error
    except UnicodeDecodeError as error:
        raise Problem(f"{file} is no text in UTF-8 ({error.reason}): save it as UTF-8", Exit.USAGE) from error
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        told = f"{file} is no JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        raise Problem(f"{told}; {SAMPLE}", Exit.USAGE) from error
    except RecursionError as error:
        raise Problem(f"{file} is nested too deeply for a request", Exit.USAGE) from error
    if not isinstance(found, dict):
        raise Problem(f"{file} has no JSON object, which is what a request is; {SAMPLE}", Exit.USAGE)
    return found


def request_of(connection: str, workspace: str, cluster: str) -> dict[str, Any]:
    return {"connection": connection, "workspaceId": workspace, "cluster": {"id": cluster}}
