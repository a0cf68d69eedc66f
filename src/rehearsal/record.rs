//! Changes of names as the journal keeps them: one edit of "the names", a field for each hostname and what changed of it.

use serde_json::{Value, json};

use crate::{
    dns::Hostname,
    resource::{Key, Kind},
    source::{Edit, FieldEdit},
    switch::{Event, Journey, Pointing},
};

/// What the journal calls the names of a rehearsal.
pub fn names_key() -> Key {
    Key::new(Kind::Other("cutover.dev".into(), "Names".into()), "", "dns")
}

/// What of a hostname an edit of the names changes, oldest first: hostname, aspect, before, after.
pub fn named(edit: &Edit) -> impl Iterator<Item = (&str, &str, &Value, &Value)> {
    let ours = edit.object == names_key();
    edit.fields.iter().filter(move |_| ours).filter_map(|field| {
        let (hostname, aspect) = field.field.rsplit_once(' ')?;
        Some((hostname, aspect, field.old.as_ref()?, field.new.as_ref()?))
    })
}

/// The edit that a change of journeys is.
pub(super) fn edit_of<'j>(changes: impl Iterator<Item = (&'j Hostname, &'j Journey, &'j Journey)>) -> Edit {
    let mut fields = Vec::new();
    for (hostname, old, new) in changes {
        for ((aspect, old), (_, new)) in aspects(old).into_iter().zip(aspects(new)) {
            if old != new {
                let field = format!("{hostname} {aspect}");
                fields.push(FieldEdit { field, old: Some(old), new: Some(new) });
            }
        }
    }
    Edit { object: names_key(), fields }
}

fn aspects(journey: &Journey) -> [(&'static str, Value); 4] {
    [
        ("finished", json!(journey.is_finished())),
        ("held", json!(journey.is_held())),
        ("ttl", json!(journey.ttl().seconds())),
        ("pointing", json!(journey.pointing().to_string())),
    ]
}

/// What has to happen so that an edit comes true: hostnames by event, in the order in which events allow each other.
pub(super) fn events_of(edit: &Edit) -> Vec<(Event, Vec<Hostname>)> {
    let mut all: Vec<(Event, Vec<Hostname>)> = Vec::new();
    let mut changes: Vec<(usize, Event, Hostname)> = named(edit)
        .filter_map(|(hostname, aspect, _, new)| {
            let event = match (aspect, new) {
                ("finished", Value::Bool(false)) => (0, Event::Reopen),
                ("held", Value::Bool(false)) => (1, Event::Resume),
                ("ttl", new) => (2, Event::Ttl(u32::try_from(new.as_u64()?).ok()?)),
                ("pointing", new) => (3, Event::Point(new.as_str()?.parse::<Pointing>().ok()?)),
                ("held", Value::Bool(true)) => (4, Event::Hold),
                ("finished", Value::Bool(true)) => (5, Event::Finish),
                _ => return None,
            };
            Some((event.0, event.1, hostname.parse().ok()?))
        })
        .collect();
    changes.sort_by_key(|(order, ..)| *order);
    for (_, event, hostname) in changes {
        match all.iter_mut().find(|(known, _)| *known == event) {
            Some((_, hostnames)) => hostnames.push(hostname),
            None => all.push((event, vec![hostname])),
        }
    }
    all
}

/// What was done, in one line for the journal: `app.example.com ▸ new`, `12 hostnames ▸ 10 % new`.
pub(super) fn summary(event: Event, changed: &[(&Hostname, &Journey)]) -> String {
    let whom = match changed {
        [(hostname, _)] => hostname.to_string(),
        many => format!("{} hostnames", many.len()),
    };
    let share = |pointing: Pointing| {
        if pointing.is_mix() { format!("{pointing} % new") } else { pointing.to_string() }
    };
    let to = changed.first().map(|(_, journey)| share(journey.pointing())).unwrap_or_default();
    match event {
        Event::Point(_) | Event::Wave => format!("{whom} ▸ {to}"),
        Event::RollBack => format!("{whom} rolled back ▸ {to}"),
        Event::Ttl(seconds) => format!("TTL of {whom}: {seconds} s"),
        Event::Hold => format!("{whom} held"),
        Event::Resume => format!("{whom} goes on"),
        Event::Finish => format!("{whom} finished"),
        Event::Reopen => format!("{whom} opened again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::switch::Waves;

    #[test]
    fn an_edit_taken_back_is_the_way_back_in_an_order_that_is_allowed() {
        let at = |second| jiff::Timestamp::from_second(second).unwrap();
        let begin = Journey::new(Pointing::OLD, 60, Waves::default(), at(0));
        let (there, _) = begin.apply(Event::Point(Pointing::NEW), at(10)).unwrap();
        let (done, _) = there.apply(Event::Finish, at(100)).unwrap();
        let hostname: Hostname = "app.example".parse().unwrap();
        let edit = edit_of([(&hostname, &begin, &done)].into_iter());
        let told: Vec<String> =
            named(&edit).map(|(host, what, old, new)| format!("{host} {what} {old} {new}")).collect();
        assert_eq!(told, ["app.example finished false true", "app.example pointing \"old\" \"new\""]);
        let back = events_of(&edit.inverse());
        assert_eq!(
            back,
            [(Event::Reopen, vec![hostname.clone()]), (Event::Point(Pointing::OLD), vec![hostname.clone()])]
        );
        let mut journey = done;
        for (event, _) in back {
            journey = journey.apply(event, at(200)).unwrap().0;
        }
        assert_eq!(journey.pointing(), Pointing::OLD);
        let other = Edit { object: Key::new(Kind::Service, "a", "b"), ..edit };
        assert_eq!(named(&other).count(), 0, "only what is of the names");
    }
}
