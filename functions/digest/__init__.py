"""The morning digest and the evening's summary: what everything says, with the age of each number."""
