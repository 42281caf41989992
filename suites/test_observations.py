"""What the vendor's page leaves open: recorded and compared between runs, never failed."""

from driftgate.checks import observes
from driftgate.pytest_plugin.suite import requirement


@requirement.each("observes")
def test_what_the_page_leaves_open_is_recorded(target, requirement, observe):
    exchange, name = observes.ask(target, requirement)
    observe(exchange, name)
