"""What Pytead costs, always beside the untraced program or a floor, in one run of process CPU time.

    python -m benchmarks.recording     a recorded call, and calls that aren't recorded any more
    python -m benchmarks.start_up      what the launcher adds before the program starts
    python -m benchmarks.bench_storage writing and reading a record in each format
    python -m benchmarks.generation    gen, per case
"""
