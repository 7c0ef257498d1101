"""Step 0: reads the account (`looks`), judges the request (`checks`) and completes it, before anything is created."""
