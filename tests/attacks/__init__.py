"""What an attacker tries, against the real app: SECURITY.md names the test behind each line of the threat model."""
