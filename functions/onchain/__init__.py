"""What the chain shows: the supply of stablecoins and what flows to exchanges, as factor readings."""
