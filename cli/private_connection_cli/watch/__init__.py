"""Watches an execution: reads its history, folds it into steps, and shows them until it ends."""
