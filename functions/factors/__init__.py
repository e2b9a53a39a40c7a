"""What every source ends as: readings of factors, and their store. It knows no source and no capability."""
