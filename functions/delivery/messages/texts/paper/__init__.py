"""What is said of paper money: trades, orders, allocations, accounts and what they earned."""
