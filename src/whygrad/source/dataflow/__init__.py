"""What becomes of the values of a program that nobody runs: its code is followed as if it ran."""
