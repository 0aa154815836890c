"""The running program -> call records."""
