"""CelebA, and any folder of labelled pictures, in the layouts that people have them in."""
