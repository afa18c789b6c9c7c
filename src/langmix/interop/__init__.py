"""langmix inside other programs: a module each, which needs that program (extra ``langmix[interop]``)."""
