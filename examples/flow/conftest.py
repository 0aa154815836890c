"""So that the tests find ``billing``, which lies beside this file."""
