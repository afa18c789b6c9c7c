"""Small batches as losses are given them."""

import torch
from hypothesis import strategies as st
from torch.nn.functional import normalize

from langmix.losses import Embedded


def random_units(generator, *shape):
    return normalize(torch.randn(*shape, generator=generator), dim=-1)


@st.composite
def batches(draw):
    """Of 2 to 7 pairs, with negatives, masks, second queries and lessons."""
    pairs, negatives = draw(st.integers(2, 7)), draw(st.integers(0, 4))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 1000)))
    masked = torch.rand(pairs, pairs + negatives, generator=generator) < draw(st.sampled_from([0.0, 0.3, 1.0]))
    masked[:, :pairs].fill_diagonal_(fill_value=False)
    has = torch.rand(pairs, generator=generator) < draw(st.sampled_from([0.5, 1.0]))
    return Embedded(
        random_units(generator, pairs, 8),
        random_units(generator, pairs, 8),
        masked,
        random_units(generator, negatives, 8) if negatives else None,
        random_units(generator, int(has.sum()), 8),
        has,
        random_units(generator, 2 * pairs + negatives, 5),
        done=0.5,
    )
