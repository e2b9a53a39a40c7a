"""From grids of candles to grids of indicators, trends, levels and entries; arrays in, arrays out."""
