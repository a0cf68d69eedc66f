//! What the owner of a rehearsal does about names: they follow the files, and are switched.

use super::{
    Notice, Switch, Switched, Unswitched, Which,
    engine::{Engine, Views},
    names, names_key, record,
    sited::Sited,
};

impl Engine {
    /// Has the names lead to where they are served now.
    pub(super) fn follow_names(&mut self) {
        if let Some(names) = &mut self.names {
            let sited = Sited::of(&self.meant.table, |key| self.ports.address(key));
            names.follow(sited, jiff::Timestamp::now());
        }
    }

    /// Where the name server is, once it knows its names.
    pub(super) fn tell_of_names(&self) {
        let Some(names) = &self.names else { return };
        let (address, forward) = (names.address(), names.forward());
        self.tell(Notice::Dns { address, forward, example: names.example() });
        if !address.ip().is_loopback() {
            self.tell(Notice::Note(format!(
                "DNS at {address} answers other machines too{}",
                if forward.is_some() { ", and asks for any name for them" } else { "" }
            )));
        }
    }

    /// Switches names; nobody hears of it before faces see it.
    pub(super) fn switch(&mut self, order: &Switch, views: &Views) -> Result<Vec<Switched>, Vec<Unswitched>> {
        let switched = self.order(order, None)?;
        self.publish(views);
        Ok(switched)
    }

    /// Takes the newest change of names back that was not taken back. Gives what was done.
    pub(super) fn undo_names(&mut self, views: &Views) -> Result<String, String> {
        let entry = self.desk.way_back(Some(&names_key()), jiff::Timestamp::now())?;
        for (event, hostnames) in record::events_of(&entry.edit) {
            // It was there before: it may be there again.
            let order = Switch { which: Which::These(hostnames), event, force: true };
            let made = self.order(&order, entry.undo_of);
            made.map_err(|all| {
                all.first().map(|one| format!("{}: {}", one.hostname, one.message)).unwrap_or_default()
            })?;
        }
        self.publish(views);
        Ok(entry.summary)
    }

    /// Makes an order come true: written down before, told after.
    fn order(&mut self, order: &Switch, undo_of: Option<usize>) -> Result<Vec<Switched>, Vec<Unswitched>> {
        let at = jiff::Timestamp::now();
        let Some(names) = &mut self.names else { return Ok(Vec::new()) };
        let ordered = names.ordered(order, at)?;
        let edit = names.edit(&ordered);
        let summary = ordered.summary(order.event);
        let first = edit.fields.first().and_then(|field| field.field.split(' ').next()?.parse().ok());
        let mut switched = Vec::new();
        let make = || switched = names.make(ordered, at);
        if let Err(why) = self.desk.record(edit, summary, undo_of, at, make) {
            let fix = "see that the journal's folder can be written to".to_owned();
            return Err(first
                .map(|hostname| Unswitched { hostname, message: why, fix })
                .into_iter()
                .collect());
        }
        for notice in switched.iter().filter_map(|one| names::notice(one, at)) {
            self.tell(notice);
        }
        Ok(switched)
    }
}
