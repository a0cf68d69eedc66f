//! What one works on, said in the header's first words and in a colour of its own, so that nobody takes production
//! for the demo.

use super::{ink::Ink, slot::Slot};

/// What one works on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceKind {
    /// The bundled bookshop.
    Demo,
    /// Manifests.
    #[default]
    Files,
    /// A cluster.
    Cluster,
    /// A cluster that people depend on.
    Production,
}

impl SourceKind {
    /// The meaning that gives it its colour.
    pub fn slot(self) -> Slot {
        match self {
            Self::Demo => Slot::Demo,
            Self::Files => Slot::Files,
            Self::Cluster => Slot::Cluster,
            Self::Production => Slot::Production,
        }
    }

    /// The word in the header; empty where none is needed.
    pub fn word(self) -> &'static str {
        match self {
            // The source's name says it.
            Self::Demo | Self::Files | Self::Cluster => "",
            Self::Production => "PRODUCTION",
        }
    }
}

/// What one works on, and what says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// What it is.
    pub kind: SourceKind,
    /// The word in the header; may be empty.
    pub word: String,
    /// The block's colour, when a user chose one.
    pub accent: Option<Ink>,
}

impl Source {
    /// What is said of a source: by a user in `[[source]]` of the config file, or else by what it is.
    pub fn of(kind: SourceKind, word: Option<String>, accent: Option<Ink>) -> Self {
        Self { kind, word: word.unwrap_or_else(|| kind.word().to_owned()), accent }
    }
}
