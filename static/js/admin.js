// Comfort for the admin. Every page works without; nothing here decides anything.
"use strict";

/** An element: `make("button", { type: "button" }, "Add")`. Texts are texts, never HTML. */
function make(name, properties = {}, ...children) {
  const { dataset = {}, ...others } = properties;
  const element = Object.assign(document.createElement(name), others);
  Object.assign(element.dataset, dataset);
  element.append(...children);
  return element;
}

const button = (className, text, act) => {
  const made = make("button", { type: "button", className }, text);
  made.addEventListener("click", act);
  return made;
};

/** Whether a text holds all the words that were typed. */
const matches = (text, typed) =>
  typed.toLowerCase().split(/\s+/).every(word => text.toLowerCase().includes(word));

// ---- Two panes for a list of which several can be chosen --------------------------------------------
// The list itself stays, hidden: it is what is sent.

class Pane {
  constructor(chooser, isChosen, label) {
    const [title, verb] = isChosen ? ["Chosen", "Remove"] : ["Available", "Add"];
    Object.assign(this, { chooser, isChosen, verb });
    this.count = make("span", { className: "pane-count" });
    this.filter = make("input", { type: "search", placeholder: "Filter", autocomplete: "off", spellcheck: false });
    this.filter.ariaLabel = `Filter ${title.toLowerCase()} ${label}`;
    this.list = make("ul", { ariaLabel: `${title} ${label}` });
    this.all = button("as-link", `${verb} all`, () => chooser.move(this, this.shown()));
    this.all.ariaLabel = `${verb} all ${label} shown`;
    this.element = make("div", { className: isChosen ? "pane pane-chosen" : "pane" },
      make("div", { className: "pane-title" }, make("span", {}, title), this.count),
      this.filter, this.list, this.all);
    this.filter.addEventListener("input", () => this.refresh());
    this.filter.addEventListener("keydown", event => this.inFilter(event));
    this.list.addEventListener("keydown", event => this.inList(event));
    this.list.addEventListener("focusin", event => this.stopAt(event.target));
  }

  items() { return [...this.list.children]; }
  shown() { return this.items().filter(item => !item.hidden); }

  /** One stop of the Tab key; arrows lead on from there. */
  stopAt(control) {
    for (const item of this.items()) item.firstChild.tabIndex = item.firstChild === control ? 0 : -1;
  }

  refresh() {
    for (const item of this.items()) item.hidden = !matches(item.textContent, this.filter.value);
    const [all, shown] = [this.list.children.length, this.shown()];
    this.count.textContent = shown.length === all ? `${all}` : `${shown.length} of ${all}`;
    this.all.disabled = shown.length === 0;
    if (!shown.some(item => item.firstChild.tabIndex === 0)) this.stopAt(shown[0]?.firstChild);
  }

  /** Enter in the filter takes what alone is left; it does not send the form. */
  inFilter(event) {
    if (event.key === "ArrowDown") this.shown()[0]?.firstChild.focus();
    else if (event.key !== "Enter") return;
    else if (this.shown().length === 1) this.chooser.move(this, this.shown());
    event.preventDefault();
  }

  inList(event) {
    const shown = this.shown();
    const at = shown.findIndex(item => item.contains(event.target));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    (shown[to]?.firstChild ?? (to < 0 ? this.filter : shown[at].firstChild)).focus();
  }
}

class Chooser {
  constructor(select) {
    const label = select.dataset.panes;
    this.panes = [new Pane(this, false, label), new Pane(this, true, label)];
    this.status = make("p", { className: "visually-hidden", role: "status" });
    this.items = [...select.options].map((option, order) => this.item(option, order));
    const group = make("div", { className: "panes", role: "group", ariaLabel: label });
    group.append(...this.panes.map(pane => pane.element), this.status);
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (select.hasAttribute(name)) this.panes[0].filter.setAttribute(name, select.getAttribute(name));
    }
    select.after(group);
    select.hidden = true;
    this.lead(select);
    this.sort();
    // Going back, browsers fill in forms after this.
    addEventListener("pageshow", () => this.sort());
  }

  item(option, order) {
    const item = make("li");
    item.append(button("pane-item", "", () => this.move(this.panes[Number(option.selected)], [item])));
    return Object.assign(item, { option, order });
  }

  /** What led to the list leads here. */
  lead(select) {
    const { filter } = this.panes[0];
    filter.id = `${select.id}_filter`;
    for (const label of [...select.labels]) label.htmlFor = filter.id;
    for (const link of document.querySelectorAll(`a[href="#${select.id}"]`)) link.hash = filter.id;
  }

  /** Puts each item where it belongs. */
  sort() {
    for (const pane of this.panes) {
      pane.list.replaceChildren(...this.items.filter(item => item.option.selected === pane.isChosen));
      for (const { firstChild: control, option } of pane.items()) {
        control.replaceChildren(make("span", { className: "visually-hidden" }, `${pane.verb} `), option.text);
      }
      pane.refresh();
    }
  }

  move(from, items) {
    const at = from.shown().indexOf(items[0]);
    for (const item of items) item.option.selected = !from.isChosen;
    this.sort();
    const what = items.length === 1 ? items[0].option.text : items.length;
    const chosen = this.panes[1].items().length;
    this.status.textContent = `${from.isChosen ? "Removed" : "Added"} ${what}. ${chosen} chosen.`;
    if (from.filter === document.activeElement) return;
    const left = from.shown();
    (left[Math.min(at, left.length - 1)]?.firstChild ?? from.filter).focus();
  }
}

// ---- The rows of a list that are chosen ------------------------------------------------------------

class Selection {
  constructor(form) {
    const { total, many } = form.counter.dataset;
    Object.assign(this, form, { total, many, last: null });
    this.toggle = make("input", { type: "checkbox", className: "action-toggle", id: "action-toggle" });
    this.toggle.ariaLabel = "Select all on this page";
    this.column.replaceChildren(this.toggle);
    this.text = make("span", { role: "status" });
    this.more = button("", `Select all ${total} ${many}`, () => this.choose(true, "1"));
    this.less = button("", "Clear selection", () => this.choose(false, "0"));
    this.counter.replaceChildren(this.text, this.more, this.less);
    this.toggle.addEventListener("change", () => this.choose(this.toggle.checked, "0"));
    for (const box of this.boxes) box.addEventListener("click", event => this.click(event));
    addEventListener("pageshow", () => this.show());
    this.show();
  }

  choose(checked, across) {
    for (const box of this.boxes) box.checked = checked;
    this.across.value = across;
    this.show();
    // A button that went does not take the focus with it.
    if (document.activeElement === document.body) (across === "1" ? this.less : this.toggle).focus();
  }

  /** With Shift, all between this box and the last. */
  click({ currentTarget: box, shiftKey }) {
    const [from, to] = [this.boxes.indexOf(this.last), this.boxes.indexOf(box)].sort((a, b) => a - b);
    if (shiftKey && from >= 0) {
      for (const between of this.boxes.slice(from, to + 1)) between.checked = box.checked;
    }
    this.last = box;
    this.across.value = "0";
    this.show();
  }

  show() {
    const [all, chosen] = [this.boxes.length, this.boxes.filter(box => box.checked).length];
    const isAcross = this.across.value === "1";
    this.toggle.checked = chosen === all;
    this.toggle.indeterminate = chosen > 0 && chosen < all;
    this.text.textContent = isAcross ? `All ${this.total} selected` : `${chosen} of ${all} selected`;
    this.less.hidden = chosen === 0;
    this.more.hidden = isAcross || chosen < all || Number(this.total) <= all; // A total may be “more than 10,000”.
  }
}

// ---- Date and time ---------------------------------------------------------------------------------

/** "Today" and "Now", by the clock of the site. */
function addClock(date, time, timeZone) {
  const options = { timeZone, hourCycle: "h23", dateStyle: "short", timeStyle: "medium" };
  const now = () => new Intl.DateTimeFormat("sv-SE", options).format().split(" "); // 2026-11-26 14:05:00
  date.after(button("as-link", "Today", () => { date.value = now()[0]; }));
  time.after(button("as-link", "Now", () => { time.value = now()[1]; }));
}

// ---- The models at the side ------------------------------------------------------------------------

function addNavFilter(nav) {
  const input = make("input", { type: "search", placeholder: "Filter models", ariaLabel: "Filter models", autocomplete: "off" });
  nav.querySelector("h2").after(make("div", { className: "admin-nav-filter" }, input));
  input.addEventListener("input", () => {
    for (const item of nav.querySelectorAll("li")) item.hidden = !matches(item.firstElementChild.textContent, input.value);
    for (const app of nav.querySelectorAll(".admin-nav-app")) app.hidden = !app.querySelector("li:not([hidden])");
  });
}

for (const select of document.querySelectorAll("select[multiple][data-panes]")) new Chooser(select);

const counter = document.querySelector(".action-counter");
if (counter) {
  const form = counter.closest("form");
  const [across, column] = [form.elements.select_across, form.querySelector(".action-checkbox-column")];
  new Selection({ counter, across, column, boxes: [...form.querySelectorAll(".action-select")] });
}

for (const moment of document.querySelectorAll(".moment")) {
  const [date, time] = moment.querySelectorAll("input[type=text]");
  addClock(date, time, moment.closest("form").dataset.zone);
}

const nav = document.getElementById("models");
if (nav) addNavFilter(nav);
