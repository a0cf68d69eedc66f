//! The file of accepted differences.

use std::{fs, io, path::Path};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    cli::failure::Failure,
    comparison::{Acceptance, Accepted, Report},
};

/// The file and what it holds.
pub(super) struct Kept<'p> {
    path: &'p Path,
    pub(super) accepted: Accepted,
}

impl<'p> Kept<'p> {
    /// Reads it; one that is not there holds nothing.
    pub(super) fn read(path: &'p Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let accepted = match fs::read_to_string(path) {
            Ok(text) => Accepted::read(&name, &text).map_err(|error| {
                Failure::usage(format!("{name}: {error}"), "each entry has `id`, `reason` and `date`")
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Accepted::default(),
            Err(error) => return Err(Failure::usage(format!("{name} can not be read: {error}"), "")),
        };
        Ok(Self { path, accepted })
    }

    /// Accepts differences of a report, and writes the file.
    pub(super) fn accept(
        &mut self,
        report: &Report,
        ids: &[String],
        reason: &str,
        now: Timestamp,
    ) -> Result<(), Failure> {
        if reason.trim().is_empty() {
            return Err(Failure::usage("nothing is accepted without a reason", "say it with --reason"));
        }
        let date = TimeZone::UTC.to_datetime(now).date().to_string();
        for id in ids {
            let all = id == "all";
            let meant = report.differences.iter().filter(|one| all || one.id == *id);
            let mut count = 0;
            for one in meant.filter(|one| !all || self.accepted.get(&one.id).is_none()).collect::<Vec<_>>() {
                self.accepted.put(Acceptance {
                    id: one.id.clone(),
                    reason: reason.to_owned(),
                    date: date.clone(),
                });
                count += 1;
            }
            if count == 0 && !all {
                return Err(Failure::failed(
                    format!("there is no difference `{id}`"),
                    "`cutover compare` shows all ids",
                ));
            }
        }
        let name = self.path.display().to_string();
        let new = self.path.with_extension("new");
        fs::write(&new, self.accepted.written(&name))
            .and_then(|()| fs::rename(&new, self.path))
            .map_err(|error| Failure::failed(format!("{name} can not be written: {error}"), ""))
    }
}
