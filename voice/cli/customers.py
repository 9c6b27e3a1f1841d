"""`customers`: whom this device remembers, and forgetting them."""

from typing import TYPE_CHECKING, Any, Final

import click

from voice import compose
from voice.cli.desk_results import moment, show_rows
from voice.cli.program import Program, common_options, note, print_json

if TYPE_CHECKING:
    from voice.known_customers import Remembered

FINE: Final = 0
NOTHING_DONE: Final = 1
SHOWN_DIGITS: Final = 4
MASK: Final = "＊"
_json = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")


@click.group("customers")
def customers_group() -> None:
    """Customers who agreed that this device remembers their name and number."""


@customers_group.command("list")
@_json
@common_options
def list_customers(program: Program, as_json: bool) -> None:
    """List them, who agreed last first; of name and number only as much as tells them apart."""
    found = compose.known_customers(program.settings).all()
    show_rows([_row(number, one) for number, one in enumerate(found, 1)], as_json)


@customers_group.command("forget")
@click.argument("number", required=False, type=click.IntRange(min=1), metavar="[N]")
@click.option("--all", "everybody", is_flag=True, help="Forget everybody.")
@_json
@common_options
def forget(program: Program, number: int | None, everybody: bool, as_json: bool) -> int:
    """Erase customer N of `customers list`, or everybody.  Exit code 1: there is none, or they could not be erased."""
    if everybody == (number is not None):
        raise click.UsageError("give either a number of `koemado customers list` or --all")
    customers = compose.known_customers(program.settings)
    known = customers.known()
    before = len(known)
    done = customers.forget() if number is None else customers.forget_one(number - 1)
    gone = known if number is None else known[number - 1 : number]
    if done and any(one.may_ask for one in gone):  # nobody is asked later whom nobody remembers
        compose.customer_sayings(program.settings).withdraw(gone)
    left = len(customers.all())
    if as_json:
        print_json({"forgotten": before - left, "left": left, "done": done})
    elif done:
        click.echo(f"forgotten {before - left}, left {left}")
    else:
        note("nobody was forgotten: there is no such customer, or the file cannot be written")
    return FINE if done else NOTHING_DONE


def _row(number: int, one: "Remembered") -> dict[str, Any]:
    name, digits = one.customer.name, one.customer.phone.digits
    masked = MASK * (len(digits) - SHOWN_DIGITS) + digits[-SHOWN_DIGITS:]
    return {"number": number, "name": name.reading[:1] + MASK * 2, "phone": masked, "since": moment(one.since)}
