//! axe-core in the browser: what WCAG 2.2 (A, AA) and good practice ask for, as far as a program can see it.

use std::fs;

use super::{Browser, html::installed};

/// By tags, as then those rules run too that are off by default, such as the size of targets. Contrast is measured in spite of
/// `::before` and `::after`, which lie beside our texts, not behind them; not of text in a drawing, behind which axe-core sees
/// nothing: it has the colours of the text around.
const RUN: &str = "
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const checks = { 'color-contrast': { options: { ignorePseudo: true } } };
const line = (rule, at) => `${rule.id}: ${rule.help}: ${at.html.slice(0, 160)}: ${at.any.concat(at.all, at.none)
  .map(check => check.message).join('; ')}`;
const isDrawn = (rule, at) => rule.id === 'color-contrast' && at.html.startsWith('<text class=\"plot-');
return axe.run({ runOnly: tags, checks }).then(({ violations, incomplete }) => {
  for (const rule of incomplete) rule.nodes = rule.nodes.filter(at => !isDrawn(rule, at));
  return violations.concat(incomplete).flatMap(rule => rule.nodes.map(at => line(rule, at)));
});";

/// What axe-core finds wrong with the page that is shown, or leaves to people to find out, a line each.
pub fn violations(browser: &Browser) -> Vec<String> {
    if browser.script("return typeof axe") == "undefined" {
        let path = installed("axe-core/axe.min.js");
        browser.script(&fs::read_to_string(path).expect("axe-core; `tests/run` installs it"));
    }
    serde_json::from_value(browser.script(RUN)).expect("lines")
}
