"""What was removed, what was kept and why, what remains."""

from private_connection.task import task
from private_connection.teardown import compose_report
from private_connection.teardown_contracts import ComposeReport, Report


@task(ComposeReport)
def lambda_handler(event: ComposeReport) -> Report:
    return compose_report(event)
