//! Columns over time: a row of them for each of several things that are counted, one below the other, over one axis. So
//! they are told apart by where they stand, and each has the scale that it needs.

use super::{Anchor, Drawing, Length, Plot, Shape, WIDTH, at, nth, scale::short};
use crate::web::admin::plot::{Scale, grouped};

const LEFT: f64 = 34.0;
const HEAD: f64 = 30.0;
const TALL: f64 = 52.0;
const AXIS: f64 = 32.0;
/// The least height of what is not nothing.
const LEAST: f64 = 1.5;

/// A span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// What it is called in the table.
    pub name: String,
    /// What stands below it; empty for nothing.
    pub label: String,
    /// What stands below that.
    pub second: String,
}

/// Something that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// What it is called.
    pub name: &'static str,
    /// Its class.
    pub class: &'static str,
    /// How often it happened in each slot.
    pub counts: Vec<u32>,
}

impl Series {
    fn sum(&self) -> i64 {
        self.counts.iter().map(|count| i64::from(*count)).sum()
    }

    /// The first of the slots in which it happened most often, and how often; `None` if it never did.
    fn peak(&self) -> Option<(usize, u32)> {
        let most = self.counts.iter().copied().max().filter(|most| *most > 0)?;
        self.counts.iter().position(|count| *count == most).map(|place| (place, most))
    }
}

/// The plot. The last slot is not over yet.
pub fn plot(id: &'static str, title: &str, what: &str, slots: &[Slot], series: &[Series]) -> Plot {
    let words: Vec<String> = series.iter().map(|series| in_words(series, slots)).collect();
    let cells = |place: usize| series.iter().map(move |series| series.counts.get(place).copied().unwrap_or_default());
    let row = |(place, slot): (usize, &Slot)| {
        std::iter::once(slot.name.clone()).chain(cells(place).map(grouped)).collect::<Vec<_>>()
    };
    let total = std::iter::once("All".to_owned()).chain(series.iter().map(|series| grouped(series.sum())));
    Plot {
        id,
        title: title.to_owned(),
        description: words.join(" "),
        drawing: Some(draw(slots, series)),
        remark: String::new(),
        head: std::iter::once(what).chain(series.iter().map(|series| series.name)).map(str::to_owned).collect(),
        rows: slots.iter().enumerate().map(row).chain([total.collect()]).collect(),
    }
}

fn in_words(series: &Series, slots: &[Slot]) -> String {
    match series.peak() {
        None => format!("{}: none.", series.name),
        Some((place, most)) => {
            let when = slots.get(place).map_or("", |slot| &slot.name);
            format!("{}: {} in all, most of them {when}: {}.", series.name, grouped(series.sum()), grouped(most))
        }
    }
}

fn draw(slots: &[Slot], series: &[Series]) -> Drawing {
    let slot = (WIDTH - LEFT) / nth(slots.len().max(1));
    let mut shapes = Vec::new();
    for (place, series) in series.iter().enumerate() {
        panel(&mut shapes, series, slots, slot, nth(place) * (HEAD + TALL));
    }
    let below = nth(series.len()) * (HEAD + TALL);
    for (place, named) in slots.iter().enumerate() {
        let middle = LEFT + (nth(place) + 0.5) * slot;
        for (text, down) in [(&named.label, 14.0), (&named.second, 27.0)] {
            if !text.is_empty() {
                shapes.push(Shape::Text("plot-label", at(middle, below + down), Anchor::Middle, text.clone()));
            }
        }
    }
    Drawing { height: Length(below + AXIS), shapes }
}

/// One row of columns, from `top` on.
fn panel(shapes: &mut Vec<Shape>, series: &Series, slots: &[Slot], slot: f64, top: f64) {
    let (base, peak) = (top + HEAD + TALL, series.peak());
    let scale = Scale::up_to(peak.map_or(0, |(_, most)| most), 2);
    let said = match peak {
        None => "none".to_owned(),
        Some((_, most)) => format!("{} in all, at most {}", grouped(series.sum()), grouped(most)),
    };
    shapes.push(Shape::Box(series.class, at(0.0, top + 9.0), at(9.0, 9.0)));
    shapes.push(Shape::Text("plot-name", at(14.0, top + 17.5), Anchor::Start, series.name.to_owned()));
    shapes.push(Shape::Text("plot-label", at(WIDTH, top + 17.5), Anchor::End, said));
    for tick in scale.ticks() {
        let y = base - scale.part(tick) * TALL;
        let class = if tick == 0 { "plot-base" } else { "plot-grid" };
        shapes.push(Shape::Line(class, at(LEFT, y), Length(WIDTH)));
        if tick > 0 {
            shapes.push(Shape::Text("plot-label", at(LEFT - 5.0, y + 4.0), Anchor::End, short(tick)));
        }
    }
    for (place, count) in series.counts.iter().enumerate() {
        let left = LEFT + nth(place) * slot;
        let tall = if *count == 0 { 0.0 } else { (scale.part(*count) * TALL).max(LEAST) };
        let bar = (at(left + slot * 0.14, base - tall), at(slot * 0.72, tall));
        let field = (at(left, top + HEAD), at(slot, TALL));
        let name = slots.get(place).map_or("", |slot| &slot.name);
        let tip = format!("{name}: {} {}", grouped(*count), series.name.to_lowercase());
        shapes.push(Shape::Bar(series.class, bar, field, tip));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(names: &[&str]) -> Vec<Slot> {
        let slot = |name: &&str| Slot { name: (*name).to_owned(), label: (*name).to_owned(), second: String::new() };
        names.iter().map(slot).collect()
    }

    #[test]
    fn a_plot_says_what_its_table_says() {
        let series = [
            Series { name: "Log-ins", class: "plot-login", counts: vec![0, 1_000, 1] },
            Series { name: "Failures", class: "plot-failure", counts: vec![0, 0, 0] },
        ];
        let plot = plot("hours", "Today", "Hour", &slots(&["09:00", "10:00", "11:00"]), &series);
        assert_eq!(plot.head, ["Hour", "Log-ins", "Failures"]);
        assert_eq!(plot.rows[1], ["10:00", "1,000", "0"]);
        assert_eq!(plot.rows[3], ["All", "1,001", "0"]);
        assert_eq!(plot.description, "Log-ins: 1,001 in all, most of them 10:00: 1,000. Failures: none.");
        let drawing = plot.drawing.expect("a drawing");
        let bars: Vec<(f64, f64, &str)> = drawing
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Bar(class, (place, size), field, tip) => {
                    assert!(!class.is_empty() && place.1.0 + size.1.0 <= drawing.height.0);
                    assert!(place.0 >= field.0.0 && place.0.0 + size.0.0 <= WIDTH, "it lies in its field: {tip}");
                    Some((size.1.0, place.1.0 + size.1.0, tip.as_str()))
                }
                _ => None,
            })
            .collect();
        let heights: Vec<String> = bars.iter().map(|bar| Length(bar.0).to_string()).collect();
        assert_eq!(heights, ["0", "52", "1.5", "0", "0", "0"], "the highest fills it, and little is not nothing");
        assert_eq!(bars[1].2, "10:00: 1,000 log-ins");
        assert!(bars[0].1 < bars[3].1, "one below the other");
    }

    #[test]
    fn without_slots_nothing_breaks() {
        let plot = plot("none", "None", "Hour", &[], &[Series { name: "Log-ins", class: "", counts: Vec::new() }]);
        assert_eq!(plot.rows, [["All", "0"]]);
        assert!(plot.drawing.is_some_and(|drawing| drawing.height.0.is_finite()));
    }
}
