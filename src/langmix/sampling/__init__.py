"""Batch plans: which pairs, in which languages, meet in a batch."""

from langmix.sampling.plan import BatchPlan
from langmix.sampling.sampler import Sampler
from langmix.sampling.samplers import en_en, hybrid, x_x, x_x_mono, x_y
from langmix.sampling.second import SecondLanguages

__all__ = ["BatchPlan", "Sampler", "SecondLanguages", "en_en", "hybrid", "x_x", "x_x_mono", "x_y"]
