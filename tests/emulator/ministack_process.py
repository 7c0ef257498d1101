"""ministack in a process of its own, on loopback, with the served sandbox behind the functions' AWS clients.

ministack itself is CloudFormation, S3, Lambda, Step Functions, EventBridge and SQS. What the functions ask of
ElastiCache, ELB, EC2 and IAM goes to the sandbox, by the endpoint variables that every AWS SDK knows ("Service-specific
endpoints", AWS SDKs and Tools Reference Guide).
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import boto3

HERE = Path(__file__).resolve().parent
PYTHON = Path(".emulator/bin/python")
HOST, REGION, ACCOUNT = "127.0.0.1", "us-east-1", "123456789012"
SERVED_BY_THE_SANDBOX = ("EC2", "ELASTICACHE", "ELASTIC_LOAD_BALANCING_V2", "IAM")
PATIENCE = 30.0
"""Seconds that ministack may take to answer at first; it takes two."""


class Ministack:
    """What the tests know of it: its address, its clients, what its processes asked of the network."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.folder = folder

    @property
    def network_log(self) -> Path:
        return self.folder / "network.log"

    def client(self, service: str) -> Any:
        session: Any = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="test", region_name=REGION)
        return session.client(service, endpoint_url=f"http://{HOST}:{self.port}")

    def environment(self, sandbox: str, clock: str) -> dict[str, str]:
        """For its process, and by inheritance for the functions' workers."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTHON"))}
        own = {
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            "TMPDIR": str(self.folder),
            "S3_DATA_DIR": str(self.folder / "s3"),
            "STATE_DIR": str(self.folder / "state"),
            "PYTHONPATH": str(HERE / "guard"),
            "LOOPBACK_LOG": str(self.network_log),
            "SANDBOX_CLOCK": clock,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return {**kept, **own, **_served_by(sandbox)}

    def variables(self, sandbox: str) -> dict[str, str]:
        """By which any AWS client finds the deployment, and the account that its functions see."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        own = {
            "AWS_ENDPOINT_URL": f"http://{HOST}:{self.port}",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        return {**kept, **own, **_served_by(sandbox)}


def _served_by(sandbox: str) -> dict[str, str]:
    return {f"AWS_ENDPOINT_URL_{service}": sandbox for service in SERVED_BY_THE_SANDBOX}


@contextmanager
def running(sandbox: str, clock: str, folder: Path) -> Iterator[Ministack]:
    """Start it and wait until it answers; its output is in the folder."""
    ministack = Ministack(_free_port(), folder.resolve())
    with (folder / "ministack.log").open("wb") as log, _process(ministack.environment(sandbox, clock), log) as process:
        _wait_for(ministack.port, process)
        yield ministack


@contextmanager
def _process(environment: Mapping[str, str], log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A session of its own, which ends with all that it started."""
    command = [PYTHON, HERE / "launch.py"]
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"ministack did not start: exit status {process.poll()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
