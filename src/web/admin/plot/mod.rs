//! Plots, drawn as SVG where they are asked for: what stands where, in numbers and words. Each says the same once more as a
//! table. Colours and fonts are the stylesheet's.
//!
//! A drawing is as wide as a phone and grows with its place, so that its numbers can be read everywhere.

pub mod bars;
pub mod columns;
mod scale;

use std::fmt;

pub use scale::{Scale, grouped};

/// How wide a drawing is.
const WIDTH: f64 = 320.0;

/// A plot, and the table that says the same.
#[derive(Debug, Clone)]
pub struct Plot {
    /// By what it is named in its page.
    pub id: &'static str,
    /// What it shows.
    pub title: String,
    /// The same in a sentence or two, for those who don't see it.
    pub description: String,
    /// The drawing; `None` if there is nothing to draw.
    pub drawing: Option<Drawing>,
    /// What is to be said below it; empty for nothing.
    pub remark: String,
    /// The table: what its columns are called, the first names the rows.
    pub head: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

/// What stands where.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// How high it is; all are of one width.
    pub height: Length,
    /// What is in it, what lies below first.
    pub shapes: Vec<Shape>,
}

impl Drawing {
    /// How wide it is.
    pub fn width(&self) -> Length {
        Length(WIDTH)
    }
}

/// A length, in units of the drawing.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Length(pub f64);

impl fmt::Display for Length {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.1}", self.0);
        formatter.write_str(text.strip_suffix(".0").unwrap_or(&text))
    }
}

/// A part of a drawing. Each has a class, by which the stylesheet knows it.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A line across.
    Line(&'static str, Place, Length),
    /// A box.
    Box(&'static str, Place, Size),
    /// A box, and the field around it in which it is explained to whoever points there.
    Bar(&'static str, (Place, Size), (Place, Size), String),
    /// Words.
    Text(&'static str, Place, Anchor, String),
}

/// Across and down.
pub type Place = (Length, Length);
/// Width and height.
pub type Size = (Length, Length);

/// Which part of some words stands at their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Where they begin.
    Start,
    /// Their middle.
    Middle,
    /// Where they end.
    End,
}

impl fmt::Display for Anchor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        })
    }
}

fn at(x: f64, y: f64) -> (Length, Length) {
    (Length(x), Length(y))
}

/// A place in a list, as a length.
fn nth(place: usize) -> f64 {
    u32::try_from(place).map_or(0.0, f64::from)
}
