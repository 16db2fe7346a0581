"""Which columns seem to be of a person, and why: a proposal, which a human confirms."""

from collections.abc import Sequence
from itertools import pairwise

from scaffold.model import Personal
from scaffold.naming import words
from scaffold.profile import Profile

_OF_A_PERSON = (
    ({"email", "mail", "courriel", "emails"}, "e-mail address", "email"),
    ({"phone", "telephone", "tel", "mobile", "cell", "cellphone", "fax", "portable", "handy", "telefon"},
     "telephone", "phone"),
    ({"firstname", "lastname", "fullname", "surname", "forename", "middlename", "givenname", "familyname", "maidenname",
      "nickname", "prenom", "nomcomplet", "nomprenom", "nomdefamille", "vorname", "nachname", "familienname",
      "apellido",
      "cognome"}, "name of a person", "name"),
    ({"address", "addresses", "addr", "address1", "address2", "street", "adresse", "adresses", "rue", "strasse",
      "direccion", "streetaddress"}, "postal address", "hide"),
    ({"birth", "born", "birthday", "birthdate", "dob", "dateofbirth", "naissance", "nele",
      "neele", "geburtsdatum", "geburtstag"},
     "date of birth", "hide"),
    ({"gender", "sex", "sexe", "geschlecht"}, "gender", "hide"),
    ({"salary", "wage", "salaire", "gehalt"}, "pay of a person", "hide"),
    ({"iban", "bic", "cardnumber", "creditcard", "accountnumber", "bankaccount"}, "account of a person", "hide"),
    ({"ssn", "nir", "passport", "nationalid", "taxid", "socialsecurity", "licenseplate"}, "number of a person", "hide"),
    ({"ip", "ipaddress", "ipaddr", "remoteaddr", "clientip"}, "address of a person's device", "hide"),
    ({"username", "login", "userlogin"}, "login of a person", "hide"),
)  # fmt: skip
"""Words of a column's name, also two of them written as one; what such columns hold; and how others see it."""
_ROLES = {
    *("customer", "client", "contact", "employee", "user", "person", "patient", "student", "owner", "author", "member"),
    *("sender", "recipient", "payer", "payee", "driver", "manager", "teacher", "guest", "holder", "buyer", "applicant"),
    *(
        "candidate",
        "respondent",
        "parent",
        "lead",
        "subscriber",
        "passenger",
        "reviewer",
        "assignee",
        "eleve",
        "salarie",
    ),
    *("employe", "enseignant", "titulaire", "kunde", "mitarbeiter"),
}
"""Whose name a column `…_name` has."""
_NAME = {"name", "names", "nom", "noms", "nombre"}
_CODES = {"ean", "gtin", "isbn", "sku", "barcode", "siret", "siren"}
"""Words of columns whose long numbers are of things."""
_COUNTED = {"count", "total", "number", "num", "nb", "status", "type", "id", "sent", "opened", "verified", "valid"}
"""Words that say that the column is about something of a person, and does not have it."""
_LIKELY = 0.8


def personal(column: Profile, name: str, type_: str, beside: Sequence[str]) -> Personal | None:
    """Why the column is thought to be personal, and the mask for it; None where nothing speaks for it.

    `beside` are the names of its table's columns.
    """
    if type_ == "text" and column.share("e-mail") >= _LIKELY:
        return Personal(why=_how_many(column, "e-mail", "e-mail addresses"), mask="email")
    if found := _by_name(name, type_):
        return found
    number = column.share("telephone") >= _LIKELY > column.share("other date") and not words(name) & _CODES
    if type_ == "text" and number:
        return Personal(why=_how_many(column, "telephone", "telephone numbers"), mask="phone")
    if type_ == "text" and column.share("IP address") >= _LIKELY:
        return Personal(why="its values are IP addresses, which are personal in the law of the EU", mask="hide")
    if type_ != "text" or not words(name) & _NAME:
        return None
    if words(name) & _ROLES:
        return Personal(why="its name says that it names a person", mask="name")
    alone = name in _NAME
    others = {each: found for each in beside if each != name and (found := _by_name(each, "text"))}
    if alone and (first := next((each for each, found in others.items() if found.mask == "name"), None)):
        return Personal(why=f"{first} is beside it", mask="name")
    if alone and column.share("person") >= _LIKELY and others:
        return Personal(why=f"its values look like names of people, and {next(iter(others))} is beside it", mask="name")
    return None


def _how_many(column: Profile, kind: str, what: str) -> str:
    how_many = "all" if column.all_are(kind) else f"{column.share(kind):.0%} of the"
    return f"{how_many} values look like {what}"


def _by_name(name: str, type_: str) -> Personal | None:
    parts = name.split("_")
    if parts[-1] in _COUNTED or type_ == "boolean":
        return None
    pairs = {first + second for first, second in pairwise(parts)}
    triples = {"".join(parts[at : at + 3]) for at in range(len(parts) - 2)}
    for known, what, mask in _OF_A_PERSON:
        if {*parts, *pairs, *triples} & known:
            return Personal(why=f"its name says that it is the {what}", mask=mask if type_ == "text" else "hide")
    return None
