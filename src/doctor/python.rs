//! Values as Python's `repr` writes them, of which the output of `manage.py diffsettings` is made.

/// How deep lists and dictionaries may lie in one another.
const DEEPEST: usize = 32;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// A list, a tuple or a set.
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    /// A `datetime.timedelta`, in seconds.
    Duration(i64),
    /// What only Python understands, such as a function.
    Other,
}

impl Value {
    /// Reads one; `Other` for what is none.
    pub(super) fn parse(text: &str) -> Self {
        let mut parser = Parser { rest: text.trim() };
        let value = parser.value(0);
        if parser.rest.is_empty() { value.unwrap_or(Self::Other) } else { Self::Other }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list.
    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            Self::List(items) => items.iter().filter_map(Self::as_text).collect(),
            _ => Vec::new(),
        }
    }

    /// What stands under `key` in a dictionary.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Dict(pairs) => pairs.iter().find(|(known, _)| known.as_text() == Some(key)).map(|(_, value)| value),
            _ => None,
        }
    }

    /// As a settings file has it; `None` where TOML has no such thing.
    pub(super) fn to_toml(&self) -> Option<toml::Value> {
        Some(match self {
            Self::Bool(value) => toml::Value::Boolean(*value),
            Self::Int(value) | Self::Duration(value) => toml::Value::Integer(*value),
            Self::Float(value) => toml::Value::Float(*value),
            Self::Text(text) => toml::Value::String(text.clone()),
            Self::List(items) => toml::Value::Array(items.iter().map(Self::to_toml).collect::<Option<_>>()?),
            Self::Dict(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| Some((key.as_text()?.to_owned(), value.to_toml()?)));
                toml::Value::Table(pairs.collect::<Option<_>>()?)
            }
            Self::None | Self::Other => return None,
        })
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        self.skip_space();
        match self.rest.chars().next()? {
            '[' => self.items('[', ']', depth).map(Value::List),
            '(' => self.items('(', ')', depth).map(Value::List),
            '{' => self.braces(depth),
            '\'' | '"' => self.text().map(Value::Text),
            '<' => self.angle(),
            '-' | '+' | '0'..='9' => self.number(),
            _ => self.name(depth),
        }
    }

    fn items(&mut self, open: char, close: char, depth: usize) -> Option<Vec<Value>> {
        self.take(open)?;
        let mut items = Vec::new();
        while self.take(close).is_none() {
            items.push(self.item(depth)?);
            if self.take(',').is_none() {
                self.take(close)?;
                break;
            }
        }
        Some(items)
    }

    /// A value within others. What can't be read is passed over, up to where the next one may begin.
    fn item(&mut self, depth: usize) -> Option<Value> {
        let before = self.rest;
        if let Some(value) = self.value(depth + 1) {
            self.skip_space();
            if self.rest.starts_with([',', ']', ')', '}']) {
                return Some(value);
            }
        }
        self.rest = before;
        self.pass_over()?;
        Some(Value::Other)
    }

    /// Goes on to the next comma or bracket that closes, past whatever lies in quotes or in brackets of its own.
    fn pass_over(&mut self) -> Option<()> {
        let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
        for (at, c) in self.rest.char_indices() {
            match (quote, c) {
                _ if escaped => escaped = false,
                (Some(_), '\\') => escaped = true,
                (Some(open), _) if c == open => quote = None,
                (None, '\'' | '"') => quote = Some(c),
                (None, '(' | '[' | '{') => depth += 1,
                (None, ',' | ')' | ']' | '}') if depth == 0 => {
                    self.rest = &self.rest[at..];
                    return Some(());
                }
                (None, ')' | ']' | '}') => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// A dictionary or a set.
    fn braces(&mut self, depth: usize) -> Option<Value> {
        self.take('{')?;
        let (mut pairs, mut items) = (Vec::new(), Vec::new());
        while self.take('}').is_none() {
            let first = self.value(depth + 1)?;
            match self.take(':') {
                Some(()) => pairs.push((first, self.item(depth)?)),
                None => items.push(first),
            }
            if self.take(',').is_none() {
                self.take('}')?;
                break;
            }
        }
        Some(if items.is_empty() { Value::Dict(pairs) } else { Value::List(items) })
    }

    fn text(&mut self) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let mut text = String::new();
        let mut chars = self.rest[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                _ if c == quote => {
                    self.rest = &self.rest[at + 2..];
                    return Some(text);
                }
                '\\' => match chars.next()?.1 {
                    'n' => text.push('\n'),
                    'r' => text.push('\r'),
                    't' => text.push('\t'),
                    mark @ ('x' | 'u' | 'U') => {
                        let digits = match mark {
                            'x' => 2,
                            'u' => 4,
                            _ => 8,
                        };
                        let code: String = chars.by_ref().take(digits).map(|(_, digit)| digit).collect();
                        text.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                    }
                    other => text.push(other),
                },
                _ => text.push(c),
            }
        }
        None
    }

    /// An object that has no better way to show itself: `<function f at 0x7f…>`.
    fn angle(&mut self) -> Option<Value> {
        let mut depth = 0_usize;
        for (at, c) in self.rest.char_indices() {
            match c {
                '<' => depth += 1,
                '>' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.rest = &self.rest[at + 1..];
                return Some(Value::Other);
            }
        }
        None
    }

    fn number(&mut self) -> Option<Value> {
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-._".contains(c)));
        let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        digits.parse().map(Value::Int).or_else(|_| digits.parse().map(Value::Float)).ok()
    }

    /// A constant, bytes, or a call such as `datetime.timedelta(days=1)` and `PosixPath('/srv')`.
    fn name(&mut self, depth: usize) -> Option<Value> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || "._".contains(c)));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if name.is_empty() {
            return None;
        }
        self.rest = rest;
        match name {
            "None" => return Some(Value::None),
            "True" => return Some(Value::Bool(true)),
            "False" => return Some(Value::Bool(false)),
            "b" if rest.starts_with(['\'', '"']) => return self.text().map(Value::Text),
            _ if !rest.starts_with('(') => return Some(Value::Other),
            _ => {}
        }
        let arguments = self.arguments(depth)?;
        Some(match name {
            "datetime.timedelta" => timedelta(&arguments).map_or(Value::Other, Value::Duration),
            _ if name.ends_with("Path") => arguments.into_iter().next().map_or(Value::Other, |(_, first)| first),
            "OrderedDict" => match arguments.into_iter().next() {
                Some((_, dict @ Value::Dict(_))) => dict,
                _ => Value::Other,
            },
            _ => Value::Other,
        })
    }

    fn arguments(&mut self, depth: usize) -> Option<Vec<(String, Value)>> {
        self.take('(')?;
        let mut arguments = Vec::new();
        while self.take(')').is_none() {
            self.skip_space();
            let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or_default();
            let (name, rest) = self.rest.split_at(end);
            let name = if rest.starts_with('=') && !name.is_empty() {
                self.rest = &rest[1..];
                name.to_owned()
            } else {
                String::new()
            };
            arguments.push((name, self.value(depth + 1)?));
            if self.take(',').is_none() {
                self.take(')')?;
                break;
            }
        }
        Some(arguments)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, c: char) -> Option<()> {
        self.skip_space();
        self.rest = self.rest.strip_prefix(c)?;
        self.skip_space();
        Some(())
    }
}

fn timedelta(arguments: &[(String, Value)]) -> Option<i64> {
    arguments.iter().enumerate().try_fold(0_i64, |sum, (at, (name, value))| {
        let Value::Int(number) = value else { return None };
        let unit = match (at, name.as_str()) {
            (_, "days") | (0, "") => 86_400,
            (_, "seconds") | (1, "") => 1,
            // Less than a second is nothing that a setting here can say.
            (_, "microseconds") | (2, "") if *number == 0 => 0,
            _ => return None,
        };
        sum.checked_add(number.checked_mul(unit)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_settings_are_made_of_is_read() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (repr, value) in [
            ("None", Value::None),
            ("True", Value::Bool(true)),
            ("-7", Value::Int(-7)),
            ("1.5", Value::Float(1.5)),
            ("'it\\'s'", text("it's")),
            ("\"it's\\n\\u00e9\\x41\"", text("it's\néA")),
            ("b'key'", text("key")),
            ("PosixPath('/srv/x')", text("/srv/x")),
            ("datetime.timedelta(days=7, seconds=1800)", Value::Duration(7 * 86_400 + 1_800)),
            ("datetime.timedelta(0)", Value::Duration(0)),
            ("('ip',)", Value::List(vec![text("ip")])),
            ("[['a', 'b'], 'c']", Value::List(vec![Value::List(vec![text("a"), text("b")]), text("c")])),
            ("{}", Value::Dict(Vec::new())),
            ("{'a': {'b': 1}}", Value::Dict(vec![(text("a"), Value::Dict(vec![(text("b"), Value::Int(1))]))])),
            ("{'a', 'b'}", Value::List(vec![text("a"), text("b")])),
            ("<JSONSerializableLazyObject: <function f at 0x7f>>", Value::Other),
            ("['a', <function f at 0x7f>]", Value::List(vec![text("a"), Value::Other])),
            ("re.compile('a|b', re.IGNORECASE)", Value::Other),
            ("storage.Storage", Value::Other),
            ("datetime.timedelta(seconds=1, microseconds=500000)", Value::Other),
            ("OrderedDict({'a': 1})", Value::Dict(vec![(text("a"), Value::Int(1))])),
            ("{'a': K{'x'}, 'b': 1}", Value::Dict(vec![(text("a"), Value::Other), (text("b"), Value::Int(1))])),
            ("['a', list[int], x-y('),')]", Value::List(vec![text("a"), Value::Other, Value::Other])),
        ] {
            assert_eq!(Value::parse(repr), value, "{repr}");
        }
    }

    #[test]
    fn what_is_no_value_harms_nobody() {
        let deep = "[".repeat(100_000);
        for repr in ["", "[", "'", "'\\", "'\\u12", "{'a':", "<", "()(", "(", "f(", "f(a=", "1x2", "é", ">", &deep] {
            assert!(matches!(Value::parse(repr), Value::Other | Value::List(_)), "{repr:.20}");
        }
    }
}
