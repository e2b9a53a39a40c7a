"""The SQL of scoring: `line` is what a scoring reads and writes, `answers` what is asked of it afterwards."""
