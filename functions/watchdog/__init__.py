"""The watchdog outside n8n: it looks at every part, tells Telegram by itself, and pings a check that misses it if it is gone."""
