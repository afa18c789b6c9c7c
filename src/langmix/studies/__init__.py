"""Published figures and the research questions asked of tracked runs."""
