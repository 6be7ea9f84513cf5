//! What is typed into the search box, taken apart (`django.utils.text.smart_split`).

/// The words of a search: what spaces part, and what stands in quotes as one.
pub fn words(search: &str) -> Vec<String> {
    let (mut words, mut rest) = (Vec::new(), search.trim_start());
    while !rest.is_empty() {
        let end = quoted(rest).unwrap_or_else(|| rest.find(char::is_whitespace).unwrap_or(rest.len()));
        words.push(unquoted(&rest[..end]));
        rest = rest[end..].trim_start();
    }
    words
}

/// Where a word ends that begins `text` and has something in quotes; `None` if it has not.
fn quoted(text: &str) -> Option<usize> {
    let (mut at, mut end) = (0, None);
    loop {
        let plain = |c: char| c.is_whitespace() || c == '"' || c == '\'';
        at += text[at..].find(plain).unwrap_or(text.len() - at);
        if end.is_some() {
            end = Some(at);
        }
        let Some(length) = in_quotes(&text[at..]) else { return end };
        at += length;
        end = Some(at);
    }
}

/// How long the quoted text is that begins `text`; `None` if it begins with none, or with one that never ends.
fn in_quotes(text: &str) -> Option<usize> {
    let mut letters = text.char_indices();
    let (_, quote) = letters.next().filter(|(_, first)| matches!(first, '"' | '\''))?;
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()?),
            letter if letter == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// What stands within quotes. A lone one is an empty word, which every row has.
fn unquoted(word: &str) -> String {
    let Some(quote) = word.chars().next().filter(|first| matches!(first, '"' | '\'')) else { return word.to_owned() };
    match word.strip_suffix(quote) {
        Some(rest) => {
            rest.get(1..).unwrap_or_default().replace(&format!("\\{quote}"), &quote.to_string()).replace("\\\\", "\\")
        }
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_parted_as_in_django() {
        for (search, expected) in [
            ("", &[][..]),
            ("  ann \t lee ", &["ann", "lee"]),
            (r#""ann lee" x"#, &["ann lee", "x"]),
            ("'ann lee'x y", &["'ann lee'x", "y"]),
            (r#"a"b c"d e"#, &[r#"a"b c"d"#, "e"]),
            (r#"""#, &[""]),
            ("'", &[""]),
            (r#""ann lee"#, &[r#""ann"#, "lee"]),
            (r"it's o'clock", &["it's o'clock"]),
            (r#""a \" b" c"#, &[r#"a " b"#, "c"]),
            (r"100\% _", &[r"100\%", "_"]),
            ("é“ü” 'ß 字'", &["é“ü”", "ß 字"]),
        ] {
            assert_eq!(words(search), expected, "{search}");
        }
    }
}
