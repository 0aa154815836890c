"""Readings of a meter: long lists."""


def smoothed(readings, width):
    """Averages of each few readings."""
    chunks = (readings[start : start + width] for start in range(0, len(readings), width))
    return [sum(chunk) / len(chunk) for chunk in chunks]


def readings_of(seed, count):
    """What a meter says, made up."""
    value, found = seed, []
    for _ in range(count):
        value = (value * 1103515245 + 12345) % 2**31
        found.append(200 + value % 50)
    return found
