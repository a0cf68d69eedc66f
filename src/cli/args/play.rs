//! Arguments of `rehearse` that say who sends, and what is played.

use std::path::PathBuf;

use clap::Args;

use crate::{cli::values, rehearsal::clients::ClientMix};

/// Clients, and a scenario.
#[derive(Clone, Debug, Args)]
pub struct Play {
    /// Send the load from clients that ask the name server, with caches and connections of their own: kinds and their
    /// parts, like `obey=60,browser=25,jvm=10,forever=5`; with --dns
    ///
    /// Kinds: `obey` believes an answer for its TTL and keeps no connection (RFC 1035, 3.2.1: curl, cron jobs); `browser`
    /// for 60 s at least, with connections that nginx ends after 75 s without use (Chromium's host cache, nginx's
    /// defaults); `jvm` for 30 s whatever the TTL (`networkaddress.cache.ttl` of OpenJDK's java.security); `pool` for the
    /// TTL, but asks only to connect, and keeps 4 connections (Go's `http.DefaultTransport`); `forever` never asks again
    /// (a JVM with a security manager). Their parts are an assumption, without a value 50, 30, 10, 5 and 5. All with
    /// their sources: docs/scenarios.md.
    #[arg(
        long,
        value_name = "KIND=PART,…",
        num_args = 0..=1,
        default_missing_value = "obey=50,browser=30,jvm=10,pool=5,forever=5",
        requires = "dns"
    )]
    pub clients: Option<ClientMix>,

    /// How many clients there are, over all hosts
    #[arg(long, value_name = "N", default_value = "200", requires = "clients", value_parser = values::client_count())]
    pub client_count: u32,

    /// How much faster than real the clocks of the clients' caches run: a TTL of 300 s is over in 30 s with 10
    #[arg(long, value_name = "FACTOR", default_value = "1", requires = "clients", value_parser = values::speed)]
    pub client_speed: f64,

    /// Play a scenario on both sides: steps in time, and criteria; exit code 1 when one failed (docs/scenarios.md)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["clients", "load"])]
    pub scenario: Option<PathBuf>,

    /// Write the report of the scenario into this folder: report.md, report.json and report.html
    #[arg(long, value_name = "FOLDER", requires = "scenario")]
    pub report: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_without_a_value_are_the_default_mix() {
        #[derive(clap::Parser)]
        struct Alone {
            #[arg(long)]
            dns: bool,
            #[command(flatten)]
            play: Play,
            #[arg(long)]
            load: bool,
        }
        let read = <Alone as clap::Parser>::parse_from(["x", "--dns", "--clients"]);
        assert!(read.dns && !read.load);
        assert_eq!(read.play.clients, Some(ClientMix::default()));
    }
}
