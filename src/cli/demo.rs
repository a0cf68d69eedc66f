//! The bookshop of `--demo`: the files of `examples/bookshop`, built in.

use crate::{rehearsal::Fault, source::Input};

macro_rules! bookshop {
    ($($file:literal),+ $(,)?) => {
        [$(Input::BuiltIn {
            name: concat!("demo/", $file),
            text: include_str!(concat!("../../examples/bookshop/", $file)),
        }),+]
    };
}

/// Every file of the bookshop, in the order in which a reader would open them.
pub const BOOKSHOP: &[Input] = &bookshop![
    "namespaces.yaml",
    "gateways.yaml",
    "certificate.yaml",
    "web.yaml",
    "shop.yaml",
    "payments.yaml",
    "media.yaml",
    "ops.yaml",
    "ingress.yaml",
    "broken.yaml",
];

/// Requests a second that the demo sends when nobody says otherwise.
pub const LOAD: f64 = 400.0;

/// Requests a second of the demo's clients, beside its load: enough to see where they go.
pub const CLIENTS: f64 = 40.0;

/// What the demo's stand-ins do wrong from the start: the new version of the app fails now and then.
pub fn faults() -> Vec<(String, String, Fault)> {
    let canary = Fault { share: 0.03, code: 503, ..Fault::default() };
    vec![("shop".to_owned(), "app-canary".to_owned(), canary)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_built_in() {
        let mut built_in: Vec<_> = BOOKSHOP
            .iter()
            .map(|input| match input {
                Input::BuiltIn { name, .. } => name.trim_start_matches("demo/").to_owned(),
                Input::Path(_) | Input::Stdin => panic!("the bookshop is built in"),
            })
            .collect();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/bookshop");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| std::path::Path::new(name).extension().is_some_and(|ext| ext == "yaml"))
            .collect();
        built_in.sort();
        files.sort();
        assert_eq!(built_in, files);
    }
}
