"""How the parts are, over HTTP: what runs, what is missing, and which workflows failed."""
