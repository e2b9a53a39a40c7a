"""n8n: pinned, installed into a cache, its workflows rendered, imported and published."""
