"""What `make build` asks of the package that `sam build` made."""
