"""What Pytead costs, in CPU time: ``python -m pytest benchmarks``.

Every group stands beside the untraced program, or beside the least that could do the same. What is done thousands of
times is called 1,000 times a round: there, milliseconds in the tables are microseconds a call. The lines at the end
are measured in turns, so that a noisy machine is noisy for all of them alike: these are the ones to compare.
"""
