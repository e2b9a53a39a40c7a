"""What became of what the desk said: results of signals, setups and rejections, and whether they beat random entries."""
