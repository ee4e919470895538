"""Trains, prunes, quantizes and exports the S5 networks that Hush runs."""
