"""How good a run is: a judge trained on real pictures, and the numbers that it and the pixels give."""
