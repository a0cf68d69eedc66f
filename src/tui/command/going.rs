//! What stands behind the name of a screen or a kind, as k9s and kubectl take it: `shop`, `all`, `-n shop`, `-A`,
//! `/filter`, `app=web`, `-l app=web`, `shop/cart`, `@context`.

use super::line::Line;

/// Where to go within a screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Going {
    /// Of which namespace; as it is when none is named.
    pub namespace: Option<Namespace>,
    /// What to filter by, as it would be typed behind `/`.
    pub filter: Option<String>,
    /// An object by namespace and name.
    pub object: Option<(String, String)>,
    /// A context of a kubeconfig.
    pub context: Option<String>,
}

/// A choice of namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// All of them.
    All,
    /// One by name.
    One(String),
}

impl Namespace {
    /// Reads `all`, `*` or a name.
    pub fn parse(typed: &str) -> Self {
        match typed {
            "all" | "*" => Self::All,
            name => Self::One(name.to_owned()),
        }
    }
}

impl Going {
    /// Reads all words behind the name.
    ///
    /// # Errors
    /// A second namespace or object, or a flag that is not known.
    pub fn parse(line: &Line) -> Result<Self, String> {
        let mut going = Self::default();
        let mut at = 1;
        while let Some(word) = line.word(at) {
            // A filter is all that follows: blanks in it count.
            if word.starts_with('/') {
                going.filter = Some(filter(line.rest(at)));
                break;
            }
            if matches!(word, "-l" | "-f") || word.starts_with('!') {
                going.filter = Some(line.rest(at).to_owned());
                break;
            }
            if let Some(context) = word.strip_prefix('@') {
                going.context = Some(context.to_owned());
            } else if word == "-A" {
                going.place(Namespace::All)?;
            } else if word == "-n" {
                at += 1;
                let name = line.word(at).ok_or("`-n` needs a namespace behind it")?;
                going.place(Namespace::parse(name))?;
            } else if word.starts_with('-') {
                return Err(format!("`{word}` is no flag here: there are -n, -A, -l and -f"));
            } else if word.contains('=') {
                going.filter = Some(format!("-l {}", line.rest(at)));
                break;
            } else if let Some((namespace, name)) = word.split_once('/') {
                if going.object.is_some() || going.namespace.is_some() {
                    return Err(one(word));
                }
                going.object = Some((namespace.to_owned(), name.to_owned()));
            } else {
                going.place(Namespace::parse(word)).map_err(|_| one(word))?;
            }
            at += 1;
        }
        Ok(going)
    }

    fn place(&mut self, namespace: Namespace) -> Result<(), String> {
        if self.namespace.is_some() || self.object.is_some() {
            return Err("name one namespace".to_owned());
        }
        self.namespace = Some(namespace);
        Ok(())
    }
}

fn one(word: &str) -> String {
    format!("`{word}` is one too many: name one namespace; a filter begins with /")
}

/// `/text` is a filter by text, `/text/` one by regex.
fn filter(typed: &str) -> String {
    let inner = typed.strip_prefix('/').unwrap_or(typed);
    let regex = !inner.is_empty() && inner.ends_with('/');
    if regex { typed.to_owned() } else { inner.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_k9s_and_kubectl_take_is_taken() {
        let of = |namespace: Option<&str>, filter: Option<&str>| Going {
            namespace: namespace.map(Namespace::parse),
            filter: filter.map(str::to_owned),
            ..Going::default()
        };
        let object = Some(("shop".to_owned(), "cart".to_owned()));
        let cases = [
            ("routes", of(None, None), "nothing more"),
            ("routes shop", of(Some("shop"), None), "a namespace"),
            ("routes all", of(Some("all"), None), "all of them"),
            ("routes -n shop", of(Some("shop"), None), "as kubectl"),
            ("routes -A", of(Some("all"), None), "as kubectl"),
            ("routes /can ary", of(None, Some("can ary")), "a filter with a blank"),
            ("routes /web|shop/", of(None, Some("/web|shop/")), "a regex"),
            ("svc shop /cart", of(Some("shop"), Some("cart")), "both"),
            ("svc shop //cart", of(Some("shop"), Some("/cart")), "a path"),
            ("svc app=web,track!=x", of(None, Some("-l app=web,track!=x")), "labels as in k9s"),
            ("svc shop -l app in (a, b)", of(Some("shop"), Some("-l app in (a, b)")), "labels"),
            ("svc -f crt", of(None, Some("-f crt")), "fuzzy"),
            ("svc !cart", of(None, Some("!cart")), "inverse"),
            ("svc shop/cart", Going { object, ..Going::default() }, "an object"),
            ("svc @kind", Going { context: Some("kind".to_owned()), ..Going::default() }, "a context"),
        ];
        for (typed, expected, why) in cases {
            assert_eq!(Going::parse(&Line::parse(typed).unwrap()), Ok(expected), "{typed}: {why}");
        }
        let wrong = [
            ("svc shop cart", "`cart` is one too many: name one namespace; a filter begins with /"),
            ("svc shop web/cart", "`web/cart` is one too many: name one namespace; a filter begins with /"),
            ("svc -A -n shop", "name one namespace"),
            ("svc -n", "`-n` needs a namespace behind it"),
            ("svc --all", "`--all` is no flag here: there are -n, -A, -l and -f"),
        ];
        for (typed, told) in wrong {
            assert_eq!(Going::parse(&Line::parse(typed).unwrap()), Err(told.to_owned()), "{typed}");
        }
    }
}
