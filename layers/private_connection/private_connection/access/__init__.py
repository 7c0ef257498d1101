"""Step 7: the role that Ververica assumes, and its policies."""
