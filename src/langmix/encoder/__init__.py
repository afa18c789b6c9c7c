"""Text encoders: backbones, tokenisation, pooling, export."""
