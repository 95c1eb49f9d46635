"""Lesson 1's exercises with their solutions, a file each, in percent cells."""
