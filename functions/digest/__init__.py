"""The morning digest and the evening's report, with the age of each number."""
