"""Takes the beginnings and ends of jobs and of what they wait for; gives spans to a collector, if one is set."""
