"""Runs in series: scenarios from YAML, accounts held for many forks, and the record of what runs did."""
