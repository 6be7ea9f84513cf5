// What is wrong with a page, a line each: what WCAG 2.2 asks for, as far as a program can see it.
const problems = [];
const complain = (what, at) => problems.push(`${what}: ${at.outerHTML.slice(0, 160)}`);
const all = selector => [...document.querySelectorAll(selector)];
const shown = at => at.checkVisibility() && !at.closest('[aria-hidden=true]');
const words = at => (at.getAttribute('aria-label') || at.textContent).trim();

// 1.3.1, 3.3.2, 4.1.2: labels and names.
const fields = all('input:not([type=hidden]), select, textarea').filter(shown);
for (const field of fields) {
  if (![...field.labels].some(label => words(label))) complain('no label', field);
}
for (const control of all('a[href], button, [role=button]').filter(shown)) {
  if (!words(control) && ![...control.querySelectorAll('img')].some(image => image.alt)) complain('no name', control);
}
for (const image of all('img')) {
  if (!image.hasAttribute('alt')) complain('no alt', image);
}

// What names another thing names one that is there, once.
const ids = all('[id]').map(at => at.id);
ids.filter((id, place) => ids.indexOf(id) !== place).forEach(id => problems.push(`twice: #${id}`));
for (const name of ['aria-describedby', 'aria-labelledby', 'for']) {
  for (const at of all(`[${name}]`)) {
    const named = at.getAttribute(name).split(/\s+/).filter(id => id);
    if (!named.length || !named.every(id => ids.includes(id))) complain(`${name} leads nowhere`, at);
  }
}
for (const link of all('a[href^="#"]')) {
  if (!ids.includes(decodeURIComponent(link.hash.slice(1)))) complain('leads nowhere', link);
}

// 1.3.1, 2.4.6: one title of the page, and no level left out below it. 2.4.2, 3.1.1: a title and a language.
const levels = all('h1, h2, h3, h4, h5, h6').filter(shown).map(at => Number(at.tagName[1]));
if (levels[0] !== 1 || levels.lastIndexOf(1) !== 0) problems.push(`not one h1, first: ${levels}`);
if (levels.some((level, place) => place && level > levels[place - 1] + 1)) problems.push(`a level left out: ${levels}`);
if (!document.title.trim() || !document.documentElement.lang) problems.push('no title or no language');

// 2.5.8: 24 pixels, or as much room around; a link within a sentence, and a box whose label can be pressed, need not.
const targets = all('a[href], button, input:not([type=hidden]), select, textarea').filter(shown);
const box = at => at.getBoundingClientRect();
const isSmall = at => Math.min(box(at).width, box(at).height) < 24;
const centre = at => [box(at).x + box(at).width / 2, box(at).y + box(at).height / 2];
const isNear = ([x, y], { left, right, top, bottom }) =>
  Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom)) < 12;
const isCrowded = at => targets.some(other => other !== at && (isNear(centre(at), box(other)) ||
  (isSmall(other) && Math.hypot(centre(at)[0] - centre(other)[0], centre(at)[1] - centre(other)[1]) < 24)));
const isInSentence = at => getComputedStyle(at).display === 'inline' &&
  [...at.parentElement.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
const hasLargeLabel = at => [...(at.labels || [])].some(label => !isSmall(label));
for (const target of targets) {
  if (isSmall(target) && isCrowded(target) && !isInSentence(target) && !hasLargeLabel(target)) {
    complain(`a target of ${Math.round(box(target).width)} by ${Math.round(box(target).height)}`, target);
  }
}

// 1.3.5: browsers and password managers can fill it in.
const purposes = {
  username: 'username', email: 'email', first_name: 'given-name', last_name: 'family-name',
  password: 'current-password', old_password: 'current-password',
  password1: 'new-password', password2: 'new-password', new_password1: 'new-password', new_password2: 'new-password',
};
for (const field of fields.filter(field => ['text', 'email', 'password'].includes(field.type))) {
  if (field.autocomplete !== purposes[field.name]) complain(`autocomplete is ${field.autocomplete}`, field);
}
for (const form of all('form').filter(form => form.querySelector('[type=password]'))) {
  if (!form.querySelector('[autocomplete=username]')) complain('a password, but nobody whose it is', form);
}
return problems;
