//! "Did you mean": the known word that a mistyped one is closest to.

/// The candidate nearest to `word`, if one is near enough to be meant: another case, a letter or two, a plural.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A word of a hostile file may be megabytes long; nobody mistypes so much.
    if word.len() > 64 {
        return None;
    }
    let lower = word.to_lowercase();
    let most = (lower.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to put in, take out or change.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (r, cell) in right.iter().zip(row.iter_mut().skip(1)) {
            let here = (diagonal + usize::from(l != *r)).min(before + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = here;
            before = here;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_offered_only_when_it_is_near() {
        let fields = ["hostnames", "parentRefs", "rules", "backendRefs"];
        let cases = [
            ("hostname", Some("hostnames"), "a plural"),
            ("backendrefs", Some("backendRefs"), "another case"),
            ("parentRef", Some("parentRefs"), "a plural"),
            ("backends", None, "three letters away"),
            ("annotations", None, "nothing like it"),
            ("x", None, "too short to be meant"),
        ];
        for (word, found, why) in cases {
            assert_eq!(nearest(word, fields), found, "{why}");
        }
    }

    #[test]
    fn distance_counts_single_letters() {
        for (left, right, count) in [("", "", 0), ("abc", "abc", 0), ("kitten", "sitting", 3), ("", "ab", 2)]
        {
            assert_eq!(distance(left, right), count, "{left} {right}");
            assert_eq!(distance(right, left), count, "{right} {left}");
        }
    }
}
