"""DynamoDB as the account has it: moto's tables and items."""

from moto.dynamodb.responses import DynamoHandler

from sandbox.services.common import Corrected


class DynamoDb(Corrected, DynamoHandler):
    """Corrected responses."""
