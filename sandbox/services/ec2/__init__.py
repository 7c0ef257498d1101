"""EC2 as the account has it: network interfaces, security groups, endpoint services."""
