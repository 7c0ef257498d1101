"""What was removed, what was kept and why, what remains."""

from private_connection.task import task
from private_connection.teardown.contracts import ComposeReport, Report
from private_connection.teardown.looks import compose_report


@task(ComposeReport)
def lambda_handler(event: ComposeReport) -> Report:
    return compose_report(event)
