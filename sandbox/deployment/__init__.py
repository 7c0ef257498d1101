"""What is deployed: functions, state machines, roles and variables, as a SAM template says them."""
