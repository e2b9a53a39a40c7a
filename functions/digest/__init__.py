"""The morning digest and the evening's summary, with the age of each number."""
