"""Lesson 2's exercises with their solutions, a file each, in percent cells."""
