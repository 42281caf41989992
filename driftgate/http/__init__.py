"""The one place that sends: connections, retries, and the plain data of an exchange."""
