"""The store on disk and the MLflow runs in it."""
