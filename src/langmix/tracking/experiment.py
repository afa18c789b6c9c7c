"""An experiment of an MLflow store by its name."""

from typing import TYPE_CHECKING

from langmix.errors import LangmixError

if TYPE_CHECKING:
    from mlflow import MlflowClient

_KIND = {"mlflow.experimentKind": "custom_model_development"}  # else its pages are those of prompts and agents


def experiment_id(client: "MlflowClient", name: str, artifact_location: str | None) -> str:
    """Id of an experiment, which is made where there is none.

    Args:
        client: Of the MLflow store.
        name: Of the experiment.
        artifact_location: Where a new one keeps artifacts; None leaves that to a server.

    Raises:
        LangmixError: It was deleted.
    """
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return client.create_experiment(name, artifact_location=artifact_location, tags=_KIND)
        except MlflowException:  # another process was faster, or the name is refused
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    if found.lifecycle_stage == "deleted":
        raise LangmixError(f"experiment {name!r}: was deleted in MLflow; restore it or choose another name")
    return found.experiment_id
