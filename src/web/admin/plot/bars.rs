//! Bars that lie one below the other, each with its name above it and its number at its end.

use super::{Anchor, Drawing, Length, Plot, Shape, WIDTH, at, grouped, nth};

const ROW: f64 = 38.0;
const THICK: f64 = 10.0;
/// The least width of what is not nothing.
const LEAST: f64 = 1.5;

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What it is called.
    pub name: String,
    /// Its class.
    pub class: &'static str,
    /// How many.
    pub count: u32,
}

/// The plot of some bars of which each is a part of `whole`.
pub fn plot(id: &'static str, title: &str, (what, of_what): (&str, &str), bars: &[Bar], whole: u32) -> Plot {
    let said = |bar: &Bar| format!("{}: {}.", bar.name, grouped(bar.count));
    Plot {
        id,
        title: title.to_owned(),
        description: bars.iter().map(said).collect::<Vec<_>>().join(" "),
        drawing: (!bars.is_empty()).then(|| draw(bars, whole)),
        remark: String::new(),
        head: vec![what.to_owned(), of_what.to_owned(), "Part".to_owned()],
        rows: bars.iter().map(|bar| vec![bar.name.clone(), grouped(bar.count), percent(bar.count, whole)]).collect(),
    }
}

fn draw(bars: &[Bar], whole: u32) -> Drawing {
    let mut shapes = Vec::new();
    for (place, bar) in bars.iter().enumerate() {
        let top = nth(place) * ROW;
        let part = f64::from(bar.count) / f64::from(whole.max(bar.count).max(1));
        let wide = if bar.count == 0 { 0.0 } else { (part * WIDTH).max(LEAST) };
        let said = format!("{} · {}", grouped(bar.count), percent(bar.count, whole));
        shapes.push(Shape::Text("plot-name", at(0.0, top + 14.0), Anchor::Start, bar.name.clone()));
        shapes.push(Shape::Text("plot-label", at(WIDTH, top + 14.0), Anchor::End, said));
        shapes.push(Shape::Box("plot-track", at(0.0, top + 20.0), at(WIDTH, THICK)));
        let tip = format!("{}: {}", bar.name, grouped(bar.count));
        let row = (at(0.0, top), at(WIDTH, ROW));
        shapes.push(Shape::Bar(bar.class, (at(0.0, top + 20.0), at(wide, THICK)), row, tip));
    }
    Drawing { height: Length(nth(bars.len()) * ROW), shapes }
}

/// A part in percent; what is not nothing is not called 0, and what is not all not 100.
fn percent(count: u32, whole: u32) -> String {
    let (count, whole) = (u64::from(count), u64::from(whole));
    match (count * 100 + whole / 2).checked_div(whole) {
        None => "0 %".to_owned(),
        Some(0) if count > 0 => "< 1 %".to_owned(),
        Some(100) if count < whole => "> 99 %".to_owned(),
        Some(percent) => format!("{percent} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_not_nothing_and_much_is_not_all() {
        let cases = [(0, 0), (0, 5), (1, 1_000), (999, 1_000), (1, 2), (5, 5)];
        assert_eq!(
            cases.map(|(count, whole)| percent(count, whole)),
            ["0 %", "0 %", "< 1 %", "> 99 %", "50 %", "100 %"]
        );
        let bar = |name: &str, count| Bar { name: name.to_owned(), class: "plot-login", count };
        let plot = plot("schemes", "Schemes", ("Scheme", "People"), &[bar("argon2", 9_999), bar("md5", 1)], 10_000);
        assert_eq!(plot.rows, [["argon2", "9,999", "> 99 %"], ["md5", "1", "< 1 %"]]);
        let widths: Vec<f64> = plot.drawing.expect("a drawing").shapes.iter().filter_map(width).collect();
        assert!(widths[0] < WIDTH && widths[1] >= LEAST, "{widths:?}");
    }

    fn width(shape: &Shape) -> Option<f64> {
        if let Shape::Bar(_, (_, size), ..) = shape { Some(size.0.0) } else { None }
    }
}
