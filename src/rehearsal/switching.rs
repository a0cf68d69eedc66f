//! What the owner of a rehearsal does about names: they follow the files, and are switched.

use super::{
    Notice, Switch, Switched, Unswitched,
    engine::{Engine, Views},
    names,
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
        let at = jiff::Timestamp::now();
        let Some(names) = &mut self.names else { return Ok(Vec::new()) };
        let switched = names.switch(order, at)?;
        self.publish(views);
        for notice in switched.iter().filter_map(|one| names::notice(one, at)) {
            self.tell(notice);
        }
        Ok(switched)
    }
}
