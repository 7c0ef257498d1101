"""What a run failed of, in one name and one sentence."""

from private_connection.contracts import ExplainedFailure, ExplainFailure
from private_connection.failures import explain_failure
from private_connection.task import task


@task(ExplainFailure)
def lambda_handler(event: ExplainFailure) -> ExplainedFailure:
    return explain_failure(event)
