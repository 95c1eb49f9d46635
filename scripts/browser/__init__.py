"""A server for the built site, and Lighthouse in a browser."""
