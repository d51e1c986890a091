"""What a cluster would have to do: the planner at scale, and a simulation of a year of uploads."""
