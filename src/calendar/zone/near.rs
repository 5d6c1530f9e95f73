//! Names that somebody may have meant.

/// How many names are suggested.
const SUGGESTIONS: usize = 3;

/// The names that are nearest to what was written, nearest first; none when nothing is near.
pub(super) fn names(text: &str, known: &[&str]) -> Vec<String> {
    let wanted = fold(text);
    // A third of the letters may be wrong, at most three: beyond that a suggestion is a guess.
    let tolerance = (wanted.len() / 3).min(3);
    let mut found: Vec<(usize, &str)> = known
        .iter()
        .filter_map(|&name| {
            let whole = fold(name);
            let start = whole.iter().rposition(|&c| c == '/').map_or(0, |slash| slash + 1);
            let city = whole.get(start..).unwrap_or_default();
            // `Istanbul` alone is as good as spelled right, but the whole name is the better match.
            let distance = distance(&wanted, &whole, tolerance).min(distance(&wanted, city, tolerance) + 1);
            (distance <= tolerance).then_some((distance, name))
        })
        .collect();
    found.sort_unstable();
    let best = found.first().map_or(0, |&(distance, _)| distance);
    found
        .into_iter()
        .filter(|&(distance, _)| distance <= best + 1)
        .take(SUGGESTIONS)
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// Without case, blanks as the underscores of the database, and Turkish letters as the plain ones they are typed for.
fn fold(text: &str) -> Vec<char> {
    text.chars()
        .map(|c| match c {
            'İ' | 'ı' => 'i',
            ' ' => '_',
            _ => c.to_ascii_lowercase(),
        })
        .take(64)
        .collect()
}

/// How many letters have to be put in, left out, changed or swapped with their neighbour; anything beyond
/// `tolerance` may be answered when it is more than that.
fn distance(left: &[char], right: &[char], tolerance: usize) -> usize {
    if left.len().abs_diff(right.len()) > tolerance {
        return tolerance + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, &l) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &r) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut best = at(&above, column) + usize::from(l != r);
            best = best.min(at(&above, column + 1) + 1).min(at(&current, column) + 1);
            let swapped = row > 0 && column > 0 && left.get(row - 1) == Some(&r) && right.get(column - 1) == Some(&l);
            if swapped {
                best = best.min(at(&before, column - 1) + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] =
        &["America/New_York", "Asia/Istanbul", "Europe/Berlin", "Europe/Istanbul", "Europe/Dublin", "Turkey", "UTC"];

    #[test]
    fn a_slip_of_the_pen_finds_its_name() {
        for (text, first) in [
            ("Europe/Istambul", "Europe/Istanbul"),
            ("europe/istanbul", "Europe/Istanbul"),
            ("Europe/İstanbul", "Europe/Istanbul"),
            ("Europe/Itsanbul", "Europe/Istanbul"),
            ("America/New York", "America/New_York"),
            ("Berlin", "Europe/Berlin"),
            ("Türkey", "Turkey"),
        ] {
            assert_eq!(names(text, KNOWN).first().map(String::as_str), Some(first), "{text}");
        }
        assert_eq!(names("Istanbul", KNOWN), ["Asia/Istanbul", "Europe/Istanbul"]);
        assert!(names("Mars/Olympus", KNOWN).is_empty());
        assert!(names("+3", KNOWN).is_empty());
    }

    #[test]
    fn distance_counts_slips() {
        let count = |l: &str, r: &str| distance(&l.chars().collect::<Vec<_>>(), &r.chars().collect::<Vec<_>>(), 9);
        for (left, right, slips) in
            [("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "abcd", 1), ("abc", "ab", 1), ("abc", "xyz", 3)]
        {
            assert_eq!(count(left, right), slips, "{left} {right}");
        }
    }
}
