"""A made-up organization behind a real HTTP endpoint, for `demo` and for the tests."""
