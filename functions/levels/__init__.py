"""The prices that matter now (stops, targets, resting orders, price alerts), and the moments at which one was touched."""
