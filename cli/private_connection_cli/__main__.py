"""`python -m private_connection_cli`, which is `private-connection`."""

from private_connection_cli.commands import main

if __name__ == "__main__":
    main()
