"""What two admins must agree on, read from one page.

Facts keep to Django's own names. A site may offer more (another filter, another action, a hidden field of its own);
what Django does not know is left out, so that only what Django has and the other lacks makes a difference.
"""

import datetime
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from admin.browser import successful

BUTTONS = {"_save", "_addanother", "_continue", "index", "set-password", "unset-password"}
FIELDS = BUTTONS | set(
    "csrfmiddlewaretoken username password next old_password new_password1 new_password2 usable_password password1 "
    "password2 first_name last_name email is_active is_staff is_superuser groups user_permissions last_login_0 "
    "last_login_1 date_joined_0 date_joined_1 initial-date_joined_0 initial-date_joined_1 name permissions token "
    "action select_across _selected_action post q".split()
)
SECRETS = {"csrfmiddlewaretoken", "password", "password1", "password2"}
ACTIONS = {"", "delete_selected", "cleanup_expired_attempts"}
FILTERS = (
    r"is_(staff|superuser|active)__exact|groups__(id__exact|isnull)|(attempt|logout)_time__(gte|lt|isnull)|path_info"
    r"|locked_out(__exact)?|attempt_time__(year|month|day)"
)
COLUMNS = {"user": 5, "group": 1, "accessattempt": 7, "accesslog": 6, "accessfailurelog": 6, "outstandingtoken": 3,
           "blacklistedtoken": 5}
MODELS = r"/admin/(?:auth|axes|token_blacklist)/(?:[a-z]+/(?:add/)?)?"
LABELS = ("Username", "First name", "Last name", "Email address", "Active", "Staff status", "Superuser status",
          "Groups", "User permissions", "Last login", "Date joined", "Name", "Permissions", "Token", "password")


def fields(page):
    return sorted({each["name"] for form in page.forms for each in form["controls"]} & FIELDS)


def inputs(page):
    """The fields without the buttons, where Django shows a button that does nothing."""
    return [name for name in fields(page) if name not in BUTTONS]


def values(page):
    """What is filled in, chosen and ticked; what a confirmation carries in hidden fields. No secrets."""
    filled = {}
    for form in page.forms:
        for name, value in successful(form):
            if name in FIELDS - SECRETS:
                filled.setdefault(name, []).append(value)
    return filled


def errors(page):
    """By field. A hidden "Error: " for screen readers is no part of the text."""
    return {
        field: [" ".join(text.split()).removeprefix("Error: ") for text in texts]
        for field, texts in sorted(page.errors.items())
    }


def rows(page):
    """The ids of a list in its order, each once."""
    path = re.escape(urlsplit(page.url).path)
    found = (re.match(path + r"([^/?]+)/change/", link) for link, _ in page.links)
    return list(dict.fromkeys(match[1] for match in found if match))


def actions(page):
    """Django's actions on offer, and whether each row has its box."""
    names = [each for form in page.forms for each in form["controls"]]
    boxes = [each["value"] for each in names if each["name"] == "_selected_action"]
    choices = [option for each in names if each["name"] == "action" for option in each.get("options", [])]
    return {"offered": [name for name in choices if name in ACTIONS], "boxes": "all" if boxes == rows(page) else boxes}


def choices(name):
    """The options of a select, in order."""

    def options(page):
        return page.control(name)["options"]

    options.__name__ = f"choices_{name}"
    return options


def preserved(page):
    """How the first row's link and the link for adding carry the list's parameters on."""
    path = re.escape(urlsplit(page.url).path)
    found = [link for link, _ in page.links if re.match(path + r"(\d+/change|add)/\?_changelist_filters=", link)]
    return [parse_qsl(urlsplit(link).query)[0] for link in found[:2]]


def queries(page):
    """Every link that leads to the same list with other parameters: {name: value} and the link's text."""
    for link, text in page.links:
        parts = urlsplit(link)
        if not parts.scheme and not parts.path and not parts.fragment and link.startswith("?"):
            yield dict(parse_qsl(parts.query, keep_blank_values=True)), " ".join(text.split())


def current(page):
    return dict(parse_qsl(urlsplit(page.url).query, keep_blank_values=True))


def differ(one, other, *but):
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)} - set(but)


def canonical(query, page):
    return days(urlencode(sorted(query.items()), safe=":+/"), page)


def days(text, page):
    """Names the days that a date filter counts from today, so that a drive may run past midnight."""
    today, month = page.day, page.day.replace(day=1)
    named = {
        "today": today,
        "tomorrow": today + datetime.timedelta(days=1),
        "week": today - datetime.timedelta(days=7),
        "month": month,
        "next-month": (month + datetime.timedelta(days=32)).replace(day=1),
        "year": today.replace(month=1, day=1),
        "next-year": datetime.date(today.year + 1, 1, 1),
    }
    for name, day in reversed(named.items()):
        text = text.replace(f"{day}+00:00:00", f"<{name}>")
    return text


def filters(page):
    """The lists that the filters and the date drill-down lead to."""
    now = current(page)
    found = (query for query, _ in queries(page) if differ(query, now, "p"))
    wanted = (query for query in found if all(re.fullmatch(FILTERS, name) for name in differ(query, now, "p", "e")))
    return sorted({canonical(query, page) for query in wanted})


def counts(page):
    """The number behind each filter, where the list was asked for them."""
    found = ((query, re.search(r"\((\d+)\)$", text)) for query, text in queries(page))
    return dict(sorted((canonical(query, page), int(count[1])) for query, count in found if count))


def order(page):
    """What the heads of the columns lead to; columns that Django has not are left out."""
    now = current(page)
    last = COLUMNS[urlsplit(page.url).path.split("/")[-2]]
    found = (query for query, _ in queries(page) if query.get("o") and differ(query, now, "p") == {"o"})
    known = (query for query in found if max(abs(int(column)) for column in query["o"].split(".")) <= last)
    return sorted({canonical(query, page) for query in known})


def pages(page):
    now = current(page)
    found = (query for query, _ in queries(page) if differ(query, now) <= {"p", "all"} and query.keys() & {"p", "all"})
    return sorted({canonical(query, page) for query in found})


def models(page):
    """The lists and the forms for adding that the page leads to: what the visitor may do."""
    return sorted({link for link, _ in page.links if re.fullmatch(MODELS, link)})


def history(page):
    """Row by row: who, what, and which of Django's labels it names. How it is told is the site's."""
    found = []
    for row in page.rows:
        text = " ".join(" ".join(row).split())
        who = re.search(r"\b(root|groupie)\b", text)
        if who:
            kind = "added" if "Added" in text else "changed"
            found.append([who[1], kind, [label for label in LABELS if re.search(rf"\b{label}\b", text)]])
    return found
