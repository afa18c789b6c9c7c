"""An encoder on a collection: ranks, evidence, figures, pictures. For a cell, for validation, for any encoder."""
