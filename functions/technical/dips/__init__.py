"""Dip orders: resting limits under the market while Bitcoin and the coin trend up. What is placed, and at which levels."""
