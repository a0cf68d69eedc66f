//! "Did you mean": the known name that a mistyped one is closest to. The one measure for all that people type.

/// Letters from which on nobody mistypes a name, and distances are dear.
const LONGEST: usize = 64;

/// The known name that a mistyped one was meant to be, when one is near: another case or dash, a letter in three, two
/// letters that changed places, or its beginning. Of equally near ones the first.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let plain = |name: &str| name.to_lowercase().replace('_', "-");
    let word = plain(word);
    let letters = word.chars().count();
    let most = (letters / 3).clamp(1, 3);
    known
        .into_iter()
        .filter_map(|name| {
            let plain = plain(name);
            let begins = letters > 1 && plain.starts_with(&word);
            // A beginning is as good as a letter mistyped, and better than one where both are there.
            let distance = if plain == word {
                0
            } else if begins {
                1
            } else {
                strsim::osa_distance(&word, &plain)
            };
            // Of a word all of whose letters are wrong nothing is left to go by.
            let near = distance <= most && (distance == 0 || distance < letters);
            near.then_some((distance, !begins, name))
        })
        .min_by_key(|(distance, other, _)| (*distance, *other))
        .map(|(.., name)| name)
}

/// What to do about an unknown name: the nearest, or, where none is near, all of them when they are few.
pub fn advise<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(name) = nearest(word, known.clone()) {
        return format!("did you mean `{name}`?");
    }
    let mut all: Vec<_> = known.into_iter().collect();
    match all.len() {
        0 => String::new(),
        1..=16 => format!("there are: {}", all.join(", ")),
        count => {
            all.sort_unstable();
            all.truncate(12);
            format!("there are {count}: {}, …", all.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_is_told_with_the_one_that_was_meant() {
        let keys = ["theme", "reduced_motion", "refresh", "keys"];
        let screens = ["routes", "rehearsal", "theme", "quit", "httproutes", "q"];
        let cases: [(&str, &[&str], Option<&str>, &str); 18] = [
            ("theem", &keys, Some("theme"), "two letters that changed places"),
            ("Theme", &keys, Some("theme"), "another case"),
            ("reduced-motion", &keys, Some("reduced_motion"), "the other dash"),
            ("key", &keys, Some("keys"), "one letter short"),
            ("colours", &keys, None, "nothing near"),
            ("", &keys, None, "nothing at all"),
            ("rotues", &screens, Some("routes"), "two letters turned round"),
            ("them", &screens, Some("theme"), "its beginning"),
            ("reh", &screens, Some("rehearsal"), "a short beginning"),
            ("Routes", &screens, Some("routes"), "another case"),
            ("quti", &screens, Some("quit"), "near"),
            ("pods", &screens, None, "nothing like it"),
            ("x", &screens, None, "its one letter is another"),
            ("Q", &screens, Some("q"), "one letter in another case"),
            ("bda", &["bad", "dim"], Some("bad"), "short words too"),
            ("brihgt-red", &["red", "bright-red"], Some("bright-red"), "a long one"),
            ("rout", &["rouse", "routes"], Some("routes"), "its beginning before another letter"),
            ("rehaersl", &screens, Some("rehearsal"), "two mistakes in a long word"),
        ];
        for (word, known, found, why) in cases {
            assert_eq!(nearest(word, known.iter().copied()), found, "{word}: {why}");
        }
        let long = "k".repeat(LONGEST + 1);
        assert_eq!(nearest(&long, [&*long]), None, "nobody mistypes so much");
    }

    #[test]
    fn where_nothing_is_near_it_is_told_what_there_is() {
        let many: Vec<String> = (10..30).map(|number| format!("name-{number}")).collect();
        let cases: [(&str, &[&str], &str); 3] = [
            ("colours", &["theme", "keys"], "there are: theme, keys"),
            ("them", &["theme", "keys"], "did you mean `theme`?"),
            ("x", &[], ""),
        ];
        for (word, known, told) in cases {
            assert_eq!(advise(word, known.iter().copied()), told);
        }
        let told = advise("x", many.iter().map(String::as_str));
        assert!(told.starts_with("there are 20: name-10, name-11") && told.ends_with("name-21, …"), "{told}");
    }
}
