"""SQL of accounts' figures and of exports."""
