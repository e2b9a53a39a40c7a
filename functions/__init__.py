"""The thinking of Quorum: one package a capability, small stateless HTTP functions over one shared Postgres."""
