"""New listings and delistings: noticed each minute, told once."""
