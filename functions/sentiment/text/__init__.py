"""The text edge: what a stranger wrote, in the one form that is scored, so that a disguise changes nothing."""
