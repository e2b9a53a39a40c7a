"""Reading a pane: one snapshot of the database, one moment."""
