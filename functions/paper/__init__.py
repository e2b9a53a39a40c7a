"""Paper trading: trades at real prices with invented money, booked in a double-entry ledger and settled from every price seen."""
