"""Sources beside the exchange: Fear & Greed, CoinGecko, RSS feeds."""
