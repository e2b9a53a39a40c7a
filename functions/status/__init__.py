"""How the parts are, over HTTP."""
