"""What `make lint` asks of the state machines' definitions, and what is drawn and formatted from them."""
