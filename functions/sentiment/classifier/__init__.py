"""What a headline says of prices: one seam, and the rooms behind it that answer in their order."""
