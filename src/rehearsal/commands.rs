//! What the owner of a rehearsal does when it is told something.

use super::{
    Command, Notice,
    clients::Clients,
    engine::{Engine, Views},
    names::Names,
    names_key,
    tail::Order,
};

impl Engine {
    /// Does what is told; whether there is something to show that was not shown yet.
    pub(super) fn command(&mut self, command: Command, views: &Views) -> bool {
        match command {
            Command::Plan(plan, answer) => {
                let _ = answer.send(self.manifests.plan(&plan.edit()));
                false
            }
            Command::Passage(key, answer) => {
                let _ = answer.send(self.manifests.passage(&key));
                false
            }
            Command::PlanDocument(edit, answer) => {
                let planned = self.manifests.plan(&edit);
                let _ = answer.send(planned.map(|planned| {
                    let problems = self.foresee(&planned);
                    (planned, problems)
                }));
                false
            }
            Command::Apply(planned, summary, answer) => {
                let at = jiff::Timestamp::now();
                let made = self.desk.apply(&mut self.manifests, &planned, summary.clone(), at);
                let done = made.map(|changes| {
                    self.adopt(changes);
                    // Who hears that it is done finds it done.
                    self.publish(views);
                    self.tell(Notice::Note(format!("{}: {summary}", planned.edit.object)));
                });
                let _ = answer.send(done);
                false
            }
            Command::PlanUndo(route, answer) => {
                let _ = answer.send(self.desk.plan_undo(&self.manifests, route.as_ref()));
                false
            }
            Command::Undo(Some(key), answer) if key == names_key() => {
                let _ = answer.send(self.undo_names(views));
                false
            }
            Command::Undo(route, answer) => {
                let at = jiff::Timestamp::now();
                let made = self.desk.undo(&mut self.manifests, route.as_ref(), at);
                let done = made.map(|(summary, changes)| {
                    self.adopt(changes);
                    self.publish(views);
                    self.tell(Notice::Note(summary.clone()));
                    summary
                });
                let _ = answer.send(done);
                false
            }
            Command::Lines(origin, answer) => {
                let _ = answer.send(self.manifests.lines(&origin));
                false
            }
            Command::Fault(backend, fault) => {
                let place = format!("{}:{}", backend.service, backend.port);
                let note = match self.staff.set_fault(&backend, fault) {
                    Ok(()) => format!("stand-in of {place}: {fault}"),
                    Err(why) => why,
                };
                self.tell(Notice::Note(note));
                true
            }
            Command::Load(setting) => {
                match self.clients.as_ref().filter(|clients| !clients.are_beside()) {
                    Some(clients) => clients.set(setting),
                    None => self.load.set(setting),
                }
                true
            }
            Command::Mix(mix) => {
                self.load.mix(mix);
                self.aim();
                true
            }
            Command::Clients(answer) => {
                let _ = answer.send(self.clients.as_ref().map(Clients::view));
                false
            }
            Command::Wrong(side, fault, hosts, answer) => {
                let set = self.wrongs.set(side, fault, hosts);
                if set.is_ok() {
                    if let Some(names) = &mut self.names {
                        let wrongs = &self.wrongs;
                        names.alternate(|hostname| wrongs.alternates(hostname), jiff::Timestamp::now());
                    }
                    self.follow(&[]);
                    if let Some(clients) = &self.clients {
                        clients.ignore_ttl(self.wrongs.resolvers_ignore_ttl());
                    }
                    self.publish(views);
                }
                let _ = answer.send(set);
                false
            }
            Command::Watch(on) => {
                let _ = self.orders.send(Order::Follow(on));
                false
            }
            Command::Ask(question, answer) => {
                self.ask(question, answer);
                false
            }
            Command::Switch(order, answer) => {
                let _ = answer.send(self.switch(&order, views));
                false
            }
            Command::Names(answer) => {
                let _ = answer.send(self.names.as_ref().map(Names::view));
                false
            }
            // Taken by `run`.
            Command::Shutdown(_) => false,
        }
    }
}
