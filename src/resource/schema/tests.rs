//! Whole objects against the schemas.

use super::{
    rules::{self, How},
    table::TABLE,
};

#[test]
fn every_rule_of_the_crds_is_held_or_named_as_not_held() {
    for (name, text) in &TABLE.rules {
        let found: Vec<_> = rules::all().filter(|rule| rule.name == name).collect();
        assert_eq!(found.len(), 1, "{name}: {} ({})", text.message, text.rule);
    }
    for rule in rules::all() {
        assert!(TABLE.rules.contains_key(rule.name), "{} is no rule of the table (any more)", rule.name);
    }
}

#[test]
fn of_the_standard_channel_only_two_rules_are_not_held() {
    let open: Vec<_> = rules::all()
        .filter(|rule| matches!(rule.how, How::Not(_)) && TABLE.rules.get(rule.name).is_some_and(|t| !t.experimental))
        .map(|rule| rule.name)
        .collect();
    assert_eq!(open, ["98c5487a", "99e57335"], "immutability, and an address in a status");
}
