"""What acts in a transaction: answers to commands and presses, claims, reports of what did not arrive."""
