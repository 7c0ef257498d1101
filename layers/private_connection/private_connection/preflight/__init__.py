"""Step 0: look, judge, complete, before anything is made."""
