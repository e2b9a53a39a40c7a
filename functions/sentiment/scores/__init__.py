"""From opinions to what is said of a coin and of the market at a moment. Pure: rows in, numbers out."""
