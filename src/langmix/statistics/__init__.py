"""Is one run better than another, by how much, and would the data have shown it: inference over questions and seeds.

The queries of a multilingual collection are translations of each other. What was drawn at random from the world is a
*question*, so questions (`question` in the per-query table) are flipped and resampled here, never single queries.
"""
