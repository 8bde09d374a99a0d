"""Models a job asks for predictions: one interface, an adapter per place a model can live."""
