"""What a person chose (command line, environment, files), and where each choice came from."""
