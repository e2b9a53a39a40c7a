"""The state of the desk over HTTP: what runs, what is missing, and which workflows failed."""
