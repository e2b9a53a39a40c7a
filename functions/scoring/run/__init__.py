"""One scoring of what was scanned, and the rules and holdings it is done by."""
