"""AWS's codes and our names for them. Codes as botocore's service models have them on the wire."""

import re

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from private_connection import errors
from private_connection.errors import (
    AwsRejected,
    NotYetConsistent,
    QuotaExceeded,
    Retryable,
    ServiceFault,
    StepError,
    Terminal,
    Throttled,
    doing,
    require_successful,
)

CODES = {
    Throttled: [
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "TooManyRequestsException",
        "PriorRequestNotComplete",
        "SlowDown",
    ],
    ServiceFault: ["InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable", "ServiceFailure"],
    QuotaExceeded: [
        "TooManyLoadBalancers",
        "TooManyTargetGroups",
        "TooManyListeners",
        "TargetGroupAssociationLimit",
        "ClusterQuotaForCustomerExceeded",
        "NodeQuotaForClusterExceeded",
        "NodeQuotaForCustomerExceeded",
        "NodeGroupsPerReplicationGroupQuotaExceeded",
        "CacheSubnetGroupQuotaExceeded",
        "CacheSubnetQuotaExceededFault",
        "TagQuotaPerResourceExceeded",
        "SecurityGroupLimitExceeded",
        "RulesPerSecurityGroupLimitExceeded",
        "LimitExceeded",
        "ServiceQuotaExceeded",
    ],
    AwsRejected: [
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "InvalidParameterValue",
        "InvalidParameterCombination",
        "InsufficientCacheClusterCapacity",
        "InvalidSubnet",
        "ResourceInUse",
        "OperationNotPermitted",
        "DependencyViolation",
        "MalformedPolicyDocument",
        "SomethingNew",
    ],
}
FAILING = [(kind, code) for kind, codes in CODES.items() for code in codes]


def client_error(code: str, status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "because"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "CreateThing")  # type: ignore[arg-type]  # as much of an answer as is read


@pytest.mark.parametrize(("kind", "code"), FAILING, ids=lambda each: str(each))
def test_codes_have_their_names(kind: type[StepError], code: str) -> None:
    with pytest.raises(StepError) as error, doing("creating thing", "t-1"):
        raise client_error(code)
    assert type(error.value) is kind


def test_messages_follow_one_grammar() -> None:
    with pytest.raises(AwsRejected) as error, doing("creating thing", "t-1"):
        raise client_error("AccessDenied")
    assert str(error.value) == "creating thing (t-1): because [AccessDenied]"


def test_what_ec2_adds_to_a_denial_for_machines_is_left_out() -> None:
    denial = {"Code": "UnauthorizedOperation", "Message": f"No. Encoded authorization failure message: {'x' * 1000}"}
    answer = {"Error": denial, "ResponseMetadata": {"HTTPStatusCode": 403}}
    with pytest.raises(AwsRejected) as error, doing("creating thing", "t-1"):
        raise ClientError(answer, "CreateThing")  # type: ignore[arg-type]  # as much of an answer as is read
    with pytest.raises(AwsRejected) as inside:
        require_successful("creating thing", [{"ResourceId": "t-1", "Error": denial}])
    assert str(error.value) == str(inside.value) == "creating thing (t-1): No. [UnauthorizedOperation]"


@pytest.mark.parametrize(("code", "status"), [("HealthUnavailable", 500), ("SomethingNew", 503)])
def test_a_fault_is_told_by_its_status_too(code: str, status: int) -> None:
    with pytest.raises(ServiceFault), doing("looking at thing", "t-1"):
        raise client_error(code, status)


def test_a_caller_knows_which_codes_mean_not_yet() -> None:
    with pytest.raises(NotYetConsistent), doing("deleting thing", "t-1", not_yet=("ResourceInUse",)):
        raise client_error("ResourceInUse")


@pytest.mark.parametrize(
    "lost",
    [
        ConnectTimeoutError(endpoint_url="https://e"),
        EndpointConnectionError(endpoint_url="https://e"),
        ReadTimeoutError(endpoint_url="https://e"),
        ConnectionClosedError(endpoint_url="https://e"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_no_answer_is_a_fault_of_the_service(lost: Exception) -> None:
    with (
        pytest.raises(ServiceFault, match=r"creating thing \(t-1\): no answer from AWS"),
        doing("creating thing", "t-1"),
    ):
        raise lost


def test_defects_pass_as_they_are() -> None:
    with pytest.raises(KeyError), doing("creating thing", "t-1"):
        raise KeyError("Arn")


def refusal(code: str) -> dict[str, object]:
    return {"ResourceId": "vpce-svc-1", "Error": {"Code": code, "Message": "because"}}


def test_an_answer_without_refusals_is_success() -> None:
    require_successful("deleting endpoint service", [])


@pytest.mark.parametrize(
    ("code", "kind"),
    [("ExistingVpcEndpointConnections", NotYetConsistent), ("AccessDenied", AwsRejected), ("Throttling", Throttled)],
)
def test_refusals_inside_a_success_are_read(code: str, kind: type[StepError]) -> None:
    with pytest.raises(StepError, match=re.escape(f"deleting (vpce-svc-1): because [{code}]")) as error:
        require_successful("deleting", [refusal(code)], not_yet=("ExistingVpcEndpointConnections",))
    assert type(error.value) is kind


def test_what_is_absent_already_is_passed_over() -> None:
    absent = ("InvalidVpcEndpointService.NotFound",)
    require_successful("deleting", [refusal(absent[0])], absent=absent)
    with pytest.raises(AwsRejected):
        require_successful("deleting", [refusal(absent[0]), refusal("AccessDenied")], absent=absent)


def test_every_error_is_retryable_or_terminal_and_says_what_it_means() -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, StepError)]
    leaves = [each for each in kinds if each not in (StepError, Retryable, Terminal)]
    assert all(issubclass(each, Retryable) != issubclass(each, Terminal) for each in leaves)
    assert all(each.__doc__ for each in leaves)
