// What is wrong with a page, a line each: what neither axe-core nor the HTML checker looks for.
const problems = [];
const complain = (what, at) => problems.push(`${what}: ${at.outerHTML.slice(0, 160)}`);
const all = selector => [...document.querySelectorAll(selector)];

// What names other things names ones that are there, all of them.
const isThere = id => document.getElementById(id) !== null;
for (const name of ['aria-controls', 'aria-describedby', 'aria-labelledby', 'aria-owns']) {
  for (const at of all(`[${name}]`)) {
    if (!at.getAttribute(name).trim().split(/\s+/).every(isThere)) complain(`${name} leads nowhere`, at);
  }
}
for (const link of all('a[href^="#"]')) {
  if (!isThere(decodeURIComponent(link.hash.slice(1)))) complain('leads nowhere', link);
}

// 2.4.6: one title of the page, before all others.
const headings = all('h1, h2, h3, h4, h5, h6').filter(at => at.checkVisibility()).map(at => at.localName);
if (headings.lastIndexOf('h1') !== 0) problems.push(`not one h1, first: ${headings}`);

// 1.3.5: browsers and password managers can fill in what is one's own; what administrators type is about others.
const purposes = {
  username: 'username', email: 'email', first_name: 'given-name', last_name: 'family-name',
  password: 'current-password', old_password: 'current-password',
  password1: 'new-password', password2: 'new-password', new_password1: 'new-password', new_password2: 'new-password',
};
const isAboutOthers = /^\/admin\/(?!login|password_change)/.test(location.pathname);
const typed = all('input').filter(at => ['text', 'email', 'password'].includes(at.type) && !isAboutOthers);
for (const field of typed.filter(at => at.checkVisibility() && !at.closest('[aria-hidden=true]'))) {
  if (field.autocomplete !== purposes[field.name]) complain(`autocomplete is ${field.autocomplete}`, field);
}
for (const form of new Set(typed.filter(at => at.type === 'password').map(at => at.form))) {
  if (!form.querySelector('[autocomplete=username]')) complain('a password, but nobody whose it is', form);
}
return problems;
