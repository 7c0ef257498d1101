"""Many runs: scenarios from YAML, accounts kept open for many forks, and recordings for other tools."""
