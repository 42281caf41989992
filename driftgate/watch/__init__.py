"""Watch: judges targets again and again within a budget, keeps their records, and tells each change once."""
