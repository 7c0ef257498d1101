"""Steps 1 to 3: the cluster, its network and its nodes."""
