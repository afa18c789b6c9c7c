"""What a batch's embeddings are trained towards: one method a file, its options as fields.

PyTorch is imported where a loss is computed, so that a configuration can be looked at without it.
"""

from langmix.losses.clear import Clear
from langmix.losses.contrastive import InfoNCE
from langmix.losses.distillation import DistillKL, MarginMSE
from langmix.losses.lakda import LaKDA
from langmix.losses.loss import Embedded, Loss
from langmix.losses.mimo import Mimo

__all__ = ["Clear", "DistillKL", "Embedded", "InfoNCE", "LaKDA", "Loss", "MarginMSE", "Mimo"]
