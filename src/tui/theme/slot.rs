//! The meanings that a theme gives colours to, and a theme's full set of them.

use super::ink::Ink;

/// A meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// What stands under everything.
    Background,
    /// Text without a special meaning.
    Text,
    /// What the eye shall find first.
    Strong,
    /// Heads of columns and sections; as `dim` where a theme does not say.
    Head,
    /// Labels, units, what is off.
    Dim,
    /// Lines between regions and of charts.
    Rule,
    /// Where one is, and what can be pressed.
    Accent,
    /// Laid under the selected row.
    Selection,
    /// Measured good.
    Good,
    /// Wants a look.
    Warn,
    /// Broken.
    Bad,
    /// The old side of a migration.
    Old,
    /// The new side.
    New,
    /// The block that says that this is the demo.
    Demo,
    /// That it is files.
    Files,
    /// That it is a cluster.
    Cluster,
    /// That it is production.
    Production,
}

impl Slot {
    /// Number of meanings.
    const COUNT: usize = Self::ALL.len();

    /// Every meaning with the name that it has in a theme file.
    pub const ALL: [(&str, Self); 17] = [
        ("background", Self::Background),
        ("text", Self::Text),
        ("strong", Self::Strong),
        ("head", Self::Head),
        ("dim", Self::Dim),
        ("rule", Self::Rule),
        ("accent", Self::Accent),
        ("selection", Self::Selection),
        ("good", Self::Good),
        ("warn", Self::Warn),
        ("bad", Self::Bad),
        ("old", Self::Old),
        ("new", Self::New),
        ("source.demo", Self::Demo),
        ("source.files", Self::Files),
        ("source.cluster", Self::Cluster),
        ("source.production", Self::Production),
    ];

    /// The meaning that stands in where a theme does not say; none when it must say.
    pub fn instead(self) -> Option<Self> {
        match self {
            Self::Head | Self::Files => Some(Self::Dim),
            Self::Demo => Some(Self::Accent),
            Self::Cluster => Some(Self::Old),
            Self::Production => Some(Self::Bad),
            Self::Background
            | Self::Text
            | Self::Strong
            | Self::Dim
            | Self::Rule
            | Self::Accent
            | Self::Selection
            | Self::Good
            | Self::Warn
            | Self::Bad
            | Self::Old
            | Self::New => None,
        }
    }
}

/// What a theme says of each meaning, and the colours of series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    said: [Option<Ink>; Slot::COUNT],
    series: Vec<Ink>,
}

impl Palette {
    /// What it says of a meaning, or of the one that stands in for it.
    pub fn ink(&self, slot: Slot) -> Ink {
        let said = |slot: Slot| self.said.get(slot as usize).copied().flatten();
        said(slot).or_else(|| said(slot.instead()?)).unwrap_or_default()
    }

    /// The colour of a series, round the list.
    pub fn series(&self, at: usize) -> Ink {
        let nth = at.checked_rem(self.series.len()).and_then(|at| self.series.get(at));
        nth.copied().unwrap_or_else(|| self.ink(Slot::Accent))
    }

    #[cfg(test)]
    /// How many series have a colour of their own.
    pub fn series_len(&self) -> usize {
        self.series.len()
    }

    /// Gives a meaning a colour.
    pub fn set(&mut self, slot: Slot, ink: Ink) {
        if let Some(place) = self.said.get_mut(slot as usize) {
            *place = Some(ink);
        }
    }

    /// Gives series their colours.
    pub fn set_series(&mut self, series: Vec<Ink>) {
        self.series = series;
    }

    /// What it must say and does not.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        let silent =
            |slot: Slot| slot.instead().is_none() && self.said.get(slot as usize).is_none_or(Option::is_none);
        let slots = Slot::ALL.into_iter().filter(move |(_, slot)| silent(*slot)).map(|(name, _)| name);
        slots.chain(self.series.is_empty().then_some("series"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_meanings_is_whole_and_in_the_order_of_its_numbers() {
        for (at, (name, slot)) in Slot::ALL.into_iter().enumerate() {
            assert_eq!(slot as usize, at, "{name}");
            assert!(
                slot.instead().is_none_or(|other| other.instead().is_none()),
                "{name} ends at one that is said"
            );
        }
    }
}
