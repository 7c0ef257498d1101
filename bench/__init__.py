"""How long a connection takes: the workflow compared with what people do today, and with the best that AWS allows.

Everything runs in the sandbox, in virtual time. It costs nothing on AWS, and it measures the sandbox's model: latencies
drawn from spreads, request rates of which AWS publishes some. `python -m bench` runs all of it.
"""
