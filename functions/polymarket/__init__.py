"""What prediction markets expect of crypto: probabilities with a history of their own, moves, resolutions, a mood."""
