"""Where the service answers: as clients in this process ask it, and as moto's HTTP server names it."""

from sandbox.services.pricing.responses import Pricing

url_bases = [r"https?://api\.pricing\.(.+)\.amazonaws\.com", r"https?://pricing\.(.+)\.amazonaws\.com"]

url_paths = {"{0}/": Pricing.dispatch}
