"""What botocore makes of a service's model is the same for every client: here it is made once for a process."""

import functools
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
import botocore.session
from botocore import hooks
from botocore.client import BaseClient, ClientCreator
from botocore.errorfactory import ClientExceptionsFactory
from botocore.hooks import EventAliaser
from botocore.loaders import Loader, create_loader
from botocore.regions import EndpointRulesetResolver
from botocore.session import Session
from botocore.useragent import UserAgentString

from sandbox.stepfunctions.patching import Seam, patched
from sandbox.wire import instances

MODELS: Final[Loader] = create_loader()
EXCEPTIONS: Final = ClientExceptionsFactory()
OWN: Final = "sandbox"
"""The access key of what runs in an account's process. It needs no signature."""


def new_session() -> boto3.Session:
    with patched(handlers()):
        session = botocore.session.get_session()
    session.register_component("data_loader", MODELS)
    session.register_component("exceptions_factory", EXCEPTIONS)
    return boto3.Session(botocore_session=session)


@contextmanager
def own_session() -> Iterator[None]:
    """A default session made after moto took over, and forgotten with the account."""
    boto3.DEFAULT_SESSION = new_session()
    try:
        yield
    finally:
        boto3.DEFAULT_SESSION = None


def seams() -> list[Seam]:
    return [
        # reading the model of EC2 takes longer than most runs, and every session has a loader of its own
        Seam(Session, "_register_data_loader", _share_models),
        Seam(ClientCreator, "_load_service_model", _load_service_model),
        Seam(ClientCreator, "_create_client_class", _create_client_class),
        Seam(BaseClient, "_make_request", _sign(vars(BaseClient)["_make_request"])),
        Seam(EndpointRulesetResolver, "construct_endpoint", _kept(vars(EndpointRulesetResolver)["construct_endpoint"])),
        *handlers(),
        # put together twice for each call, of parts that are checked character by character
        Seam(UserAgentString, "to_string", lambda this: "sandbox"),
    ]


def handlers() -> list[Seam]:
    return [
        # each client looks a hundred old names of events up in each event's name, to find the same as the others
        Seam(EventAliaser, "__init__", _begin_aliasing),
        # each session asks of a hundred handlers, which are botocore's own, whether they take arguments of any name
        Seam(hooks, "accepts_kwargs", lambda handler: _accepts_kwargs(getattr(handler, "__func__", handler))),
    ]


def _share_models(this: Session) -> None:
    """Every session that is made while an account is open finds the models that were read already."""
    this.register_component("data_loader", MODELS)


def _sign(make_request: Callable[..., Any]) -> Callable[..., Any]:
    """Writes on a request whose key it is: the part of a signature that is read."""

    def signed(this: Any, model: Any, request: Any, context: Any) -> Any:
        credentials = this._request_signer._credentials
        if credentials is not None and credentials.access_key != OWN:
            scope = f"{credentials.access_key}/20260101/{this.meta.region_name}/{model.service_model.signing_name}"
            request["headers"]["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}/aws4_request"
        return make_request(this, model, request, context)

    return signed


def _kept(construct: Callable[..., Any]) -> Callable[..., Any]:
    """A client has one endpoint for an operation, unless the operation's model has a say in it, as that of S3 has."""

    def construct_endpoint(this: Any, operation_model: Any, call_args: Any, request_context: Any) -> Any:
        if operation_model.context_parameters or operation_model.operation_context_parameters:
            return construct(this, operation_model, call_args, request_context)
        kept, name = this._instance_cache, ("endpoint", operation_model.name)
        if name not in kept:
            kept[name] = construct(this, operation_model, call_args, request_context)
        return kept[name]

    return construct_endpoint


def _once(make: Callable[..., Any]) -> Callable[..., Any]:
    """Made once for all sessions, which are alike; one that was made before an account opened may have its own."""
    made: dict[tuple[Any, ...], Any] = {}

    @functools.wraps(make)
    def kept(this: Any, *of: Any, **named: Any) -> Any:
        if this._loader is not MODELS:
            return make(this, *of, **named)
        key = (*of, *named.values())
        if key not in made:
            made[key] = make(this, *of, **named)
        return made[key]

    return kept


_load_service_model = _once(vars(ClientCreator)["_load_service_model"])
_create_client_class = _once(vars(ClientCreator)["_create_client_class"])


_begin = EventAliaser.__init__
_names: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
"""By aliases: what they make of the names of events."""


def _begin_aliasing(this: Any, *given: Any, **named: Any) -> None:
    _begin(this, *given, **named)
    this._alias_name_cache = _names.setdefault(tuple(this._event_aliases.items()), {})


_accepts_kwargs = functools.lru_cache(maxsize=1_000)(hooks.accepts_kwargs)


with patched([Seam(Session, "_register_data_loader", _share_models), instances.seam()]):
    importlib.import_module("moto.ec2.models")  # asks four sessions for Regions, each of which reads EC2's model
instances.read_later(importlib.import_module("moto.ec2.models.instance_types").INSTANCE_TYPE_OFFERINGS)
