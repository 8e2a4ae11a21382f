"""Load: messages arrive at a stated rate at real processes; gives messages a second, seconds to the ticket, memory, and
the costs of each stage, from which `tests/simulation/scale` works out what more machines would do."""
