"""What stands for a page's keys: numbers, questions, tables, the front page."""
