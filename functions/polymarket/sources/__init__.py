"""Polymarket's two open interfaces: gamma lists markets, the CLOB has their order books."""
