"""From words of the command line to typed parts: the only room that knows Hydra, but for the command itself."""
