"""Record what a sweep found new of connections, on their items, and tell it."""

from private_connection.reconcile.news import record_news
from private_connection.task import task

lambda_handler = task(record_news)
