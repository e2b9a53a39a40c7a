"""What only a server with TimescaleDB can show; left out of every run without `--server`."""
