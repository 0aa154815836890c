"""What a person, or a program, is told at the end."""
