"""The SQL of scoring: `line` is what a scoring reads and writes, `answers` and `signals` what is asked of it afterwards."""
