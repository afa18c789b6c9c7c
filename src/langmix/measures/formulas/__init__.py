"""One measure a file, or measures of one idea: formula, source, and in ``MEASURES`` what the registry knows of them."""
