//! Findings as people read them: the place in their own file, the line, and what to do.

use std::fmt::Write as _;
use std::ops::Range;

use super::{DocPath, Finding, Severity};

/// Finds places of a document in the text that it was read from.
pub trait Locate {
    /// The bytes of the value at a place; those of the nearest enclosing one, when there is none at the place
    /// itself, as with a key that is missing.
    fn span(&self, place: &DocPath) -> Option<Range<usize>>;
}

/// A place in a text, as editors count: line and column from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// How much of a line is shown, in characters; a document may well be a single line.
const SHOWN: usize = 100;
/// How much of it stands before the place.
const SHOWN_BEFORE: usize = 40;

/// Findings in the order of the text, each with its line, a mark below the place, and its help.
///
/// `file` is what to call the text. A finding whose place is not in the text stands first, without a line.
///
/// ```
/// # #[cfg(feature = "toml")] {
/// use destek::finding::render;
/// use destek::policy::toml::{Places, read};
///
/// let text = "version = 1\ndefault_queue = \"genl\"\n\n[[queue]]\nname = \"genel\"\nteams = [\"destek\"]\n";
/// let errors = read(text).unwrap().compile().unwrap_err();
/// let shown = render("policy.toml", text, errors.findings(), &Places::of(text));
/// assert!(shown.contains("policy.toml:2:17"), "{shown}");
/// assert!(shown.contains("did you mean `genel`?"), "{shown}");
/// # }
/// ```
#[must_use]
pub fn render(file: &str, text: &str, findings: &[Finding], places: &impl Locate) -> String {
    let lines = Lines::of(text);
    let mut found: Vec<(Option<Range<usize>>, &Finding)> =
        findings.iter().map(|finding| (places.span(&finding.path), finding)).collect();
    found.sort_by_key(|(span, _)| span.as_ref().map(|span| (span.start, span.end)));
    let mut shown = String::new();
    for (span, finding) in found {
        if !shown.is_empty() {
            shown.push('\n');
        }
        let severity = match finding.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let head = format!("{severity}[{}]: {}", finding.code, finding.message);
        let place = finding.path.to_string();
        let foot = (!place.is_empty()).then(|| format!("at: `{place}`"));
        let help = finding.help.as_ref().map(|help| format!("help: {help}"));
        lines.show(&mut shown, file, &head, span, [foot, help].into_iter().flatten());
    }
    shown
}

/// The lines of a text, found once.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(after).collect() }
    }

    /// Where a line begins, counted from 1; the end of the text beyond its last line.
    pub(crate) fn start(&self, line: usize) -> usize {
        self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }

    pub(crate) fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset);
        let before = self.text.get(self.start(line)..offset).unwrap_or_default();
        Position { line, column: before.chars().count() + 1 }
    }

    /// One message with its line.
    pub(crate) fn show(
        &self,
        out: &mut String,
        file: &str,
        head: &str,
        span: Option<Range<usize>>,
        notes: impl Iterator<Item = String>,
    ) {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{head}");
        let Some(span) = span else {
            let _ = writeln!(out, "  --> {file}");
            for note in notes {
                let _ = writeln!(out, "  = {note}");
            }
            return;
        };
        let at = self.position(span.start);
        let margin = " ".repeat(at.line.to_string().len());
        let (line, before, marked) = self.window(&span, at);
        let _ = writeln!(out, "{margin}--> {file}:{}:{}", at.line, at.column);
        let _ = writeln!(out, "{margin} |");
        let _ = writeln!(out, "{} | {line}", at.line);
        let _ = writeln!(out, "{margin} | {}{}", " ".repeat(before), "^".repeat(marked));
        for note in notes {
            let _ = writeln!(out, "{margin} = {note}");
        }
    }

    /// The part of the line that is shown, the characters before the place, and how many are marked.
    fn window(&self, span: &Range<usize>, at: Position) -> (String, usize, usize) {
        let start = self.start(at.line);
        let line = self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        // What takes no column, or several, would shift the mark.
        let plain: Vec<char> = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let before = at.column - 1;
        let cut = if plain.len() > SHOWN { before.saturating_sub(SHOWN_BEFORE) } else { 0 };
        let shown: String = plain.iter().skip(cut).take(SHOWN).collect();
        let wanted = self
            .text
            .get(span.start..span.end)
            .map_or(1, |value| value.lines().next().unwrap_or_default().chars().count());
        let room = shown.chars().count().saturating_sub(before - cut);
        (shown, before - cut, wanted.min(room).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(Option<Range<usize>>);
    impl Locate for Fixed {
        fn span(&self, _: &DocPath) -> Option<Range<usize>> {
            self.0.clone()
        }
    }

    fn shown(text: &str, span: Option<Range<usize>>) -> String {
        let place = DocPath::root().key("queue").index(0);
        let finding = Finding::error("bad", place, "it is bad").with_help("make it good");
        render("p.toml", text, &[finding], &Fixed(span))
    }

    #[test]
    fn the_mark_stands_below_the_value() {
        let text = "a = 1\nşekil = \"ğüş\"\n";
        let value = text.find('"').unwrap();
        let expected = "error[bad]: it is bad\n --> p.toml:2:9\n  |\n2 | şekil = \"ğüş\"\n  |         ^^^^^\n  = at: `queue[0]`\n  = help: make it good\n";
        assert_eq!(shown(text, Some(value..text.len() - 1)), expected);
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}X{}", "ş".repeat(5_000), "z".repeat(5_000));
        let out = shown(&text, Some(10_000..10_001));
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines[1].trim(), "--> p.toml:1:5001");
        let mark = lines[4].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[3].chars().nth(mark), Some('X'), "{out}");
        assert!(lines[3].chars().count() <= SHOWN + 4);
    }

    #[test]
    fn odd_places_are_shown_as_well_as_can_be() {
        for (text, span) in [("", 0..0), ("a", 1..1), ("a\n", 2..2), ("a\r\nb", 3..4), ("ab", 7..9), ("a\tb", 1..3)] {
            assert!(shown(text, Some(span.clone())).contains('^'), "{text:?} {span:?}");
        }
        assert_eq!(
            shown("a", None),
            "error[bad]: it is bad\n  --> p.toml\n  = at: `queue[0]`\n  = help: make it good\n"
        );
    }

    #[test]
    fn findings_come_in_the_order_of_the_text() {
        struct ByIndex;
        impl Locate for ByIndex {
            fn span(&self, place: &DocPath) -> Option<Range<usize>> {
                match place.steps() {
                    [super::super::Step::Index(index)] => Some(10 - index..10 - index),
                    _ => None,
                }
            }
        }
        let finding = |index: usize| Finding::warning("odd", DocPath::root().index(index), format!("number {index}"));
        let out = render("f", "0123456789", &[finding(1), finding(5), finding(3)], &ByIndex);
        let order: Vec<&str> = out.lines().filter(|line| line.contains("number")).collect();
        assert_eq!(order, ["warning[odd]: number 5", "warning[odd]: number 3", "warning[odd]: number 1"]);
    }
}
