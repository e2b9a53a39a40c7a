"""How far an account is from what the plan asks for, and how much of it chance alone shows."""
