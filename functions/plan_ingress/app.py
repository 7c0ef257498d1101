"""Plan: which inbound rules are added."""

from private_connection.planning.ingress import plan_ingress
from private_connection.task import task

lambda_handler = task(plan_ingress)
