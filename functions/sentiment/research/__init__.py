"""Research of one coin by an agent: what it is asked, and what its answer comes to. Pure."""
