"""The variational autoencoder: data, model, training, edits, interpolation, metrics."""
