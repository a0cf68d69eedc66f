//! A rehearsal of both sides that a command starts for itself, to ask both over the wire: nothing is sent and nothing is written.

use std::{thread, time::Duration};

use super::{
    args::Global,
    failure::{FAILED, Failure, told},
    out,
};
use crate::{
    rehearsal::{DnsOptions, Handle, LoadSetting, Mix, Options, Sides, start},
    source::Input,
};

/// Starts it; `dns` only where names are looked at.
pub(super) fn begin(global: &Global, inputs: Vec<Input>, dns: Option<DnsOptions>) -> Result<Handle, Failure> {
    start(Options {
        inputs,
        strict: global.strict,
        sides: Sides::BOTH,
        workers: thread::available_parallelism().map_or(1, usize::from),
        own_backends: Vec::new(),
        direct: false,
        load: LoadSetting { rate: 0.0, concurrency: 1 },
        mix: Mix::Routes,
        clients: None,
        faults: Vec::new(),
        writable: false,
        journal: None,
        dns,
        admin: ([127, 0, 0, 1], 0).into(),
        refresh: Duration::from_mins(1),
    })
    .map_err(|problem| {
        out::tell(&told(&problem));
        Failure::silent(FAILED)
    })
}
