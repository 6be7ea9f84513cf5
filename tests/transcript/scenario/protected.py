"""Pages for who is in, asked for by strangers; what is not there; the methods."""

from .visitor import Visitor

stranger = Visitor("stranger")
PAGES = ["/dashboard/", "/account/password_change/", "/account/password_change/done/", "/admin/"]
for page in PAGES:
    stranger.get(f"stranger: {page}", page)
    stranger.get(f"stranger: {page} with a query", f"{page}?a=b&c=d%20e&next=/x")
    stranger.ask(f"stranger: HEAD {page}", "HEAD", page)
    stranger.ask(f"stranger: OPTIONS {page}", "OPTIONS", page)
    stranger.ask(f"stranger: POST {page} without a token", "POST", page, form={})
    stranger.get(f"stranger: {page[:-1]} without a slash", page[:-1])
stranger.get("stranger: nothing there", "/nothing/there/")
stranger.get("stranger: nothing there, no slash", "/nothing")
stranger.get("stranger: nothing there for the API", "/api/nothing/")
stranger.get("stranger: dots", "/login/../dashboard/")
stranger.get("stranger: capitals", "/Login/")
stranger.get("stranger: a host that is none", "/login/", headers={"Host": "a b"})

person = Visitor("person")
person.log_in("ann")
for page in ["/dashboard/", "/account/password_change/done/"]:
    person.get(f"person: {page}", page)
    person.ask(f"person: HEAD {page}", "HEAD", page)
    for method in ("OPTIONS", "PUT", "DELETE"):
        person.ask(f"person: {method} {page}", method, page, headers={"X-CSRFToken": "{csrf}"})
    person.form(f"person: POST {page}", page)
