"""The pages of docs/: what they tell is executed, and compared with what is there."""
