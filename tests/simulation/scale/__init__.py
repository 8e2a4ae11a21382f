"""More machines than we have, in virtual time: SimPy plays doors, judges, hands and database with the costs that
`make bench` measured, and the real rules of lanes and batches decide who waits."""
