"""The SQL of outcomes: `settling` is what a settlement reads and writes, `answers` what is asked of outcomes afterwards."""
