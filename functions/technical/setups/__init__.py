"""From grids to one close's signal, or the reason why there is none."""
