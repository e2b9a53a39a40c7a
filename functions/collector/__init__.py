"""The one long-lived process: websocket to closed candles and tickers in Postgres, gaps repaired, closes announced."""
