"""Paired permutation test over questions."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
BLOCK = 512
"""Sign vectors held in memory at a time."""
TOLERANCE = 1e-12
"""Sums closer than this share of sum |d_c| are ties: they differ by the order of additions only."""


def sign_flip_test(contributions: Floats, permutations: int = 10_000, seed: int = 0) -> Floats:
    """Two-sided p-value of sum_c d_c under random exchange of the two runs within every question.

    Null hypothesis: for each question the two runs are exchangeable, so d_c and -d_c are equally likely. All rows of
    a question (its translations, its corpora) change sign together: they are not independent of each other. With
    S = |sum_c d_c| and S_i = |sum_c s_ic d_c| for random signs s_ic,

        p = (1 + #{i: S_i >= S}) / (1 + permutations),

    which is never 0 and is a valid p-value at any number of permutations (Phipson and Smyth 2010,
    doi 10.2202/1544-6115.1585). If no more than `permutations` sign vectors exist for the questions that differ at
    all, every one is tried and p = #{S_i >= S} / 2**m is exact. For testing retrieval systems by permutation see
    Smucker, Allan and Carterette 2007 (doi 10.1145/1321440.1321528).

    Exact for the null hypothesis above; for the weaker one of a zero mean it is right for many questions only. It
    says nothing about seeds: the models are taken as given.

    Args:
        contributions: d; `[clusters, comparisons]`. All comparisons see the same signs.
        permutations: number of random sign vectors.
        seed: of the generator; the same seed gives the same p-values.

    Returns:
        p-values, `[comparisons]`; 1 where nothing differs.
    """
    changed = contributions[(contributions != 0).any(axis=1)]
    count = len(changed)
    least = np.abs(changed.sum(axis=0)) - TOLERANCE * np.abs(changed).sum(axis=0)
    exact = count < 63 and 2**count <= permutations
    total = 2**count if exact else permutations
    generator = np.random.default_rng([seed, 1])
    hits = np.zeros(contributions.shape[1], dtype=np.int64)
    for start in range(0, total, BLOCK):
        size = min(BLOCK, total - start)
        if exact:
            bits = (np.arange(start, start + size)[:, None] >> np.arange(count) & 1).astype(np.uint8)
        else:
            packed = generator.integers(0, 256, (size, -(-count // 8)), dtype=np.uint8)
            bits = np.unpackbits(packed, axis=1, count=count)
        signs = 1.0 - 2.0 * bits
        hits += (np.abs(signs @ changed) >= least).sum(axis=0)
    p: Floats = hits / total if exact else (hits + 1) / (total + 1)
    return p
