"""What a cell is made from, what identifies it, and what arm it belongs to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import langmix
from langmix.errors import LangmixError
from langmix.fingerprint import fingerprint
from langmix.software import versions
from langmix.tracking.cell import ARM, ARM_FINGERPRINT, FINGERPRINT, MODEL
from langmix.tracking.parameters import flatten
from langmix.tracking.provenance import PREFIX
from langmix.tracking.run import LONGEST_TAG, Data

if TYPE_CHECKING:
    from langmix.collection import Collection
    from langmix.encoder.backbone import Backbone
    from langmix.training.model import Training

_SPLITS = {"corpus": "train", "validation": "validation"}  # data of an arm -> what its recipe calls it


@dataclass(frozen=True)
class Inputs:
    """Everything a cell is made from, read and found good.

    Attributes:
        collection: What is searched.
        backbone: What is fine-tuned, or measured as it is.
        training: What it is fine-tuned by, if it is.
        ranking: What is done at evaluation, and on what texts it is fitted: ``retrieval`` and ``baseline``.
    """

    collection: "Collection"
    backbone: "Backbone"
    training: "Training | None"
    ranking: Mapping[str, Any]

    @property
    def model(self) -> str:
        """Name of the trained model in the store: hash of all that decides its weights; empty where none is trained."""
        return fingerprint(self.training.identity(self.backbone)) if self.training else ""

    @property
    def cell(self) -> str:
        """Hash of all that decides the cell's figures; whatever a release changes is taken to be among it."""
        return fingerprint(
            {
                "model": self.model or self.backbone.identity,
                "collection": [self.collection.name, self.collection.fingerprint],
                "ranking": self.ranking,
                "versions": {"langmix": langmix.__version__, **versions()},
            }
        )

    @property
    def identity(self) -> dict[str, str]:
        """What every file of the cell says of itself."""
        return {"cell": self.cell, "collection": self.collection.fingerprint}

    @property
    def recipe(self) -> dict[str, Any]:
        """All that the cell has in common with other seeds of it, whatever they are evaluated on."""
        made = self.training.recipe(self.backbone) if self.training else {"backbone": self.backbone.identity}
        files = ("run_files", "run_depth")
        retrieval = {key: value for key, value in self.ranking["retrieval"].items() if key not in files}
        return {**made, "retrieval": retrieval, "baseline": self.ranking["baseline"], "software": versions()}

    @property
    def tags(self) -> dict[str, str]:
        """Facts to tag the cell's run with, without langmix's prefix.

        Raises:
            LangmixError: What the cell is made from is longer than a tag may be.
        """
        tags = {
            "backbone_origin": self.backbone.origin,
            "fingerprint.dataset": self.collection.fingerprint,
            FINGERPRINT.removeprefix(PREFIX): self.cell,
            ARM_FINGERPRINT.removeprefix(PREFIX): fingerprint(self.recipe),
            ARM.removeprefix(PREFIX): self._arm(),
        }
        if self.training:
            tags[MODEL.removeprefix(PREFIX)] = self.model
            tags["fingerprint.corpus"] = self.training.train[0].fingerprint
        return tags

    def data(self, config: Mapping[str, Any]) -> list[Data]:
        """What the cell is made from, for the pages of MLflow.

        Args:
            config: The resolved configuration, which says where the data come from.
        """
        collection = self.collection
        sizes = {"queries": len(collection.query_ids), "candidates": len(collection.candidate_ids)}
        facts = {"languages": list(collection.languages)} | sizes
        data = [Data("evaluation", collection.name, collection.fingerprint, config["dataset"], facts)]
        if self.training:
            validation = config.get("validation") or config["corpus"]
            for context, (corpus, _), source in (
                ("training", self.training.train, config["corpus"]),
                ("validation", self.training.validation, validation),
            ):
                facts = {"languages": list(corpus.languages), "pairs": len(corpus)}
                data.append(Data(context, corpus.name, corpus.fingerprint, source, facts))
        return data

    def _arm(self) -> str:
        recipe = flatten(self.recipe)
        if self.training:
            # Of data its name, and a hash for those that share one.
            content = {f"{key}.content": recipe.pop(f"corpus.{split}") for key, split in _SPLITS.items()}
            recipe |= content | self.training.data
        text = json.dumps(recipe, ensure_ascii=False, sort_keys=True)
        if len(text) > LONGEST_TAG:
            raise LangmixError(
                f"the configuration that makes the cell has {len(text)} characters; MLflow's tags take {LONGEST_TAG}"
            )
        return text
