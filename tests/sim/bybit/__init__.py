"""The simulated exchange: Bybit V5 public spot over HTTP and websocket."""
