"""Published question-answering sets as corpora: one module per format."""
