"""From recorded data to the tables, plots and pictures that pages include."""
