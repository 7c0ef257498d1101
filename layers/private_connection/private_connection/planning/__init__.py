"""Plans: what a run would do, told without doing any of it."""
