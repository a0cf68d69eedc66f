//! Random keys at random sizes: nothing panics, nothing harmful is drawn.

use proptest::prelude::*;

use crate::tui::{Offline, action, fixture};

fn key() -> impl Strategy<Value = String> {
    let bound: Vec<String> = action::all().flat_map(|row| row.keys).map(|key| (*key).to_owned()).collect();
    prop_oneof![4 => proptest::sample::select(bound), 1 => "[a-z0-9/=]"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_keys_at_no_size_make_it_panic(
        steps in proptest::collection::vec((key(), 1_u16..320, 1_u16..110), 1..24),
    ) {
        let mut console = Offline::new(fixture::view(), "dark", false, fixture::clock()).unwrap();
        for (key, width, height) in steps {
            console.keys(&key);
            let buffer = console.buffer(width, height);
            prop_assert!(buffer.content.iter().all(|cell| !cell.symbol().chars().any(char::is_control)));
        }
    }
}

#[test]
fn the_smallest_and_the_largest_terminal_are_drawn() {
    let mut console = Offline::new(fixture::view(), "dark", false, fixture::clock()).unwrap();
    for keys in ["1", "2", "3", "4", "enter", "5", "6", "?"] {
        console.keys(keys);
        for (width, height) in [(1, 1), (40, 10), (59, 16), (60, 16), (300, 100)] {
            let text = console.text(width, height);
            let small = width < 60 || height < 16;
            assert_eq!(text.contains("too small") || width < 20, small, "{keys} at {width}×{height}: {text}");
        }
    }
}
