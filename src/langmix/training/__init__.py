"""Fine-tuning of a bi-encoder with a contrastive loss."""
