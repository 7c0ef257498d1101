"""Steps 4 to 6: from an endpoint service to a node."""
