"""The backend, by which moto finds the service's URLs: products are no state."""

from moto.core.base_backend import BackendDict, BaseBackend

from sandbox.services.pricing.urls import url_bases

__all__ = ["pricing_backends", "url_bases"]


class PricingBackend(BaseBackend):
    pass


pricing_backends = BackendDict(PricingBackend, "pricing")
