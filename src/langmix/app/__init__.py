"""The command line: composes the stages of a cell and is the only room that knows the configuration as a whole."""
