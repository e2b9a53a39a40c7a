"""What the research behind docs/results.md needs beside the product's own commands."""
