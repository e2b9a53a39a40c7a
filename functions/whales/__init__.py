"""Large transactions: who moved what to and from exchanges, net flows that follow from labels, alerts and readings."""
