//! The heads of a list's columns, and how each puts it in order.

use super::{
    options::Options,
    query::{Query, default_order, is_sortable},
};

/// The head of a column.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// What it says.
    pub label: String,
    /// The name of its field.
    pub name: &'static str,
    /// Where it leads: the same list ordered by this first. `None` where it can't be.
    pub sort: Option<String>,
    /// The order it has: its rank, and whether it is descending.
    pub sorted: Option<(usize, bool)>,
    /// Where it leads to leave the order, if others have a part in that.
    pub unsort: Option<String>,
    /// Where it leads to turn at the place that it has in the order, if others have a part in that.
    pub toggle: Option<String>,
}

/// The heads of the columns.
pub fn columns(options: &Options, query: &Query) -> Vec<Column> {
    let written = |order: &[(usize, bool)]| {
        let part = |(column, descending): &(usize, bool)| format!("{}{column}", if *descending { "-" } else { "" });
        order.iter().map(part).collect::<Vec<_>>().join(".")
    };
    // Without another, the list's own order is what the heads show.
    let is_found = query.large.as_ref().is_some_and(|large| !large.segments.is_empty());
    let order: Vec<(usize, bool)> = if is_found {
        Vec::new()
    } else if query.order.is_empty() && query.params.get("o").is_none_or(str::is_empty) {
        let place = |name: &str| options.list_display.iter().position(|column| *column == name);
        default_order(options)
            .filter(|(field, _)| query.is_near(field))
            .filter_map(|(field, descending)| Some((place(field.name)? + query.first_column, descending)))
            .collect()
    } else {
        query.order.clone()
    };
    let head = |(place, name): (usize, &&'static str)| {
        let number = place + query.first_column;
        let Some(field) = options.field(name) else { return Column { name, ..Column::default() } };
        let rank = order.iter().position(|(column, _)| *column == number);
        let sorted = rank.map(|rank| (rank + 1, order[rank].1));
        let others: Vec<(usize, bool)> = order.iter().filter(|(column, _)| *column != number).copied().collect();
        let toggled = [vec![(number, sorted.is_some_and(|(_, descending)| !descending))], others.clone()].concat();
        let link = |order: &[(usize, bool)]| query.params.from_start().with([("o", Some(written(order)))]).link();
        Column {
            label: field.label.to_owned(),
            name,
            sort: is_sortable(field).then(|| link(&toggled)),
            sorted,
            unsort: sorted.filter(|_| order.len() > 1).map(|_| link(&others)),
            toggle: sorted.filter(|_| order.len() > 1).map(|_| {
                let turned = |(column, descending): &(usize, bool)| (*column, (*column == number) != *descending);
                link(&order.iter().map(turned).collect::<Vec<_>>())
            }),
        }
    };
    options.list_display.iter().enumerate().map(head).collect()
}
