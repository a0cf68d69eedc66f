//! The file of accepted differences.

use std::path::Path;

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    cli::failure::Failure,
    comparison::{Acceptance, Accepted, AcceptedFile, AcceptedFileError, Report},
};

/// The file, and what is accepted.
pub(super) struct Kept {
    file: AcceptedFile,
    pub(super) accepted: Accepted,
}

impl Kept {
    /// Reads it; one that is not there holds nothing.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let file = AcceptedFile::read(path).map_err(|error| {
            let fix = match error {
                AcceptedFileError::Invalid(..) => "each entry has `id`, `reason` and `date`",
                AcceptedFileError::Unread(..)
                | AcceptedFileError::Changed(_)
                | AcceptedFileError::Unwritten(..) => "",
            };
            Failure::usage(error.to_string(), fix)
        })?;
        let accepted = file.accepted().clone();
        Ok(Self { file, accepted })
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
        self.file.replace(&self.accepted).map_err(|error| Failure::failed(error.to_string(), ""))
    }
}
