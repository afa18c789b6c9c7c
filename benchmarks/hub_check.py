"""Load every backbone, translator and collection that comes from elsewhere, by its pin; a line for each.

    make hub-check
    python benchmarks/hub_check.py me5_base xquad_r

Of a backbone ten texts are encoded, by a translator one is translated. Ends with 1 where any line says [FAIL].
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import yaml

from langmix.collection import Collection
from langmix.configuration.part import Part
from langmix.encoder.backbone import Backbone
from langmix.encoder.chunks import Chunks
from langmix.encoder.encoder import Encoder
from langmix.errors import LangmixError
from langmix.store import Store
from langmix.translation import Translator

CONF = Path(__file__).parents[1] / "conf"
TEXTS = [
    *("What is the capital of Kenya?", "Wie heißt die Hauptstadt von Kenia?", "¿Cuál es la capital de Kenia?"),
    *("Какая столица Кении?", "肯尼亚的首都是哪里？", "ケニアの首都はどこですか。", "ما هي عاصمة كينيا؟"),
    *("เมืองหลวงของเคนยาคืออะไร", "केन्या की राजधानी क्या है?", "Nairobi is the capital of Kenya."),
]


def encoded(backbone: Backbone) -> str:
    """What became of ten texts."""
    encoder = Encoder.load(backbone)
    with torch.inference_mode():
        found = encoder.embed(Chunks.of(encoder.tokenize(TEXTS, "query"), 2048))
    if not torch.isfinite(found).all():
        raise LangmixError("embeddings are not finite")
    return f"{backbone.origin}: {encoder.model.config.model_type}, {found.shape[1]} dimensions"


def counted(collection: Collection) -> str:
    """How large a collection is."""
    return f"{len(collection.query_ids)} queries, {len(collection.candidate_ids)} candidates"


def translated(translator: Translator) -> str:
    """What became of one text."""
    found = translator.translate(["What is the capital of Kenya?"], "en", "es")[0].text
    if not found:
        raise LangmixError("nothing was translated")
    return found


KINDS = (("backbone", "model_id", encoded), ("translator", "model_id", translated), ("dataset", "url", counted))


def pinned(store: Store, names: list[str]) -> Iterator[tuple[str, Part, Callable[..., str]]]:
    """Options that come from elsewhere, with what is tried of them."""
    for group, key, tried in KINDS:
        for path in sorted((CONF / group).glob("*.yaml")):
            keys = yaml.safe_load(path.read_text(encoding="utf-8"))
            if key in keys and (not names or path.stem in names):
                without_stand_in = {name: value for name, value in keys.items() if name != "offline"}
                yield f"{group}={path.stem}", Part.of(without_stand_in, store), tried


def main() -> None:
    """Print a line for each."""
    store, names, failed = Store.open(Path(".langmix").absolute()), sys.argv[1:], 0
    asked = list(pinned(store, names))
    if not asked:
        raise SystemExit(f"{' '.join(names)}: nothing of that name comes from elsewhere")
    for name, part, tried in asked:
        try:
            print(f"[OK]   {name}: {tried(part.build())}", flush=True)
        except (LangmixError, OSError) as error:
            failed += 1
            print(f"[FAIL] {name}: {' '.join(str(error).split())}", flush=True)
    print(f"{len(asked) - failed} of {len(asked)} can be had")
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()
