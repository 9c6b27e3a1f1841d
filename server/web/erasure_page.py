"""The pages on which all there is about one customer is erased, and the receipts of it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from server.access import Account, Permission
from server.labels import group_labels
from server.office import Office
from server.phone import e164
from server.web.guard import TheOffice, needs, needs_to_change
from server.web.pages import page

router = APIRouter(prefix="/erasure", include_in_schema=False)
MayLook = Annotated[Account, Depends(needs(Permission.ERASE))]
MayErase = Annotated[Account, Depends(needs_to_change(Permission.ERASE))]
Phone = Annotated[str, Form(max_length=80)]


@router.get("")
def show(request: Request, office: TheOffice, _account: MayLook) -> Response:
    """Show the form and the latest receipts."""
    return _form(request, office, None)


@router.post("/confirm")
def confirm(request: Request, office: TheOffice, _account: MayErase, phone: Phone = "") -> Response:
    """Show what would be erased.  A POST, so that the number stands in no address and no log."""
    return _confirmation(request, office, phone, unsure=False)


@router.post("")
def erase(
    request: Request,
    office: TheOffice,
    account: MayErase,
    phone: Phone = "",
    sure: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Erase it and lead to the receipt."""
    number = _number(phone)
    if number is None or sure != "yes":
        return _confirmation(request, office, phone, unsure=True)
    receipt = office.erasure.erase(number, account.login, office.clock())
    if receipt is None:
        return _form(request, office, "nothing", phone=phone)
    return RedirectResponse(f"/erasure/{receipt.id}", status_code=303)


@router.get("/{receipt_id}")
def receipt(request: Request, office: TheOffice, _account: MayLook, receipt_id: UUID) -> Response:
    """Show a receipt, to be printed."""
    found = office.erasure.receipt(receipt_id)
    if found is None:
        raise HTTPException(404, "no such receipt")
    return page(request, "erasure_receipt.html", receipt=found, **_words(office))


def _confirmation(request: Request, office: Office, phone: str, *, unsure: bool) -> Response:
    """Show what is there; `unsure`: it was not ticked that this is meant."""
    number = _number(phone)
    if number is None:
        return _form(request, office, "phone", phone=phone)
    found = office.erasure.find(number)
    if found is None:
        return _form(request, office, "nothing", phone=phone)
    context: dict[str, Any] = {"number": number, "found": found, "unsure": unsure}
    return page(request, "erasure_confirm.html", status=422 if unsure else 200, **context, **_words(office))


def _form(request: Request, office: Office, problem: str | None, *, phone: str = "") -> Response:
    return page(
        request,
        "erasure.html",
        status={"phone": 422, "nothing": 404}.get(problem or "", 200),
        problem=problem,
        phone=phone,
        receipts=office.erasure.receipts(),
        **_words(office),
    )


def _words(office: Office) -> dict[str, Any]:
    return {"names": office.accounts.names(), "erased_words": group_labels("erased")}


def _number(phone: str) -> str | None:
    try:
        return e164(phone)
    except ValueError:
        return None
