"""The libraries whose models are served: one row in flavors.json and one file each, which loads a model without mlflow."""
