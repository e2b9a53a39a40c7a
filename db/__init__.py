"""The one shared memory: tables, migrations, connections, roles and the embedded server. Imports nothing else of ours."""
