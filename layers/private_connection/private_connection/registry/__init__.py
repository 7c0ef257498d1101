"""The registry: one item per connection, which says who works on it, what was asked for and what came of it."""
