"""How long a connection takes: the workflow beside what people do today, and beside the best that AWS allows.

Everything runs in the sandbox, in virtual time. It costs nothing on AWS, and measures the model that the sandbox is:
latencies drawn from spreads, request rates of which AWS publishes some. `python -m bench` runs all of it.
"""
