"""A trader's own price alerts: set, listed, removed, and fired once when the market comes to the price."""
