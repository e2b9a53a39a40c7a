"""How Quorum is installed, started, checked and looked after on one machine."""
