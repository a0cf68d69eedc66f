//! What may be typed: commands, flags and their help. Parsing only checks; acting comes later.

mod play;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use play::Play;

use super::{
    demo,
    values::{self, Backend, BackendsMode, FaultSpec, Header, Url, Weight},
};
use crate::{
    inventory::NGINX_PREFIX,
    rehearsal::{Replay, Sides},
    resource::Selector,
    routing::Side,
    source::Input,
    switch::Pointing,
    tui::Color,
};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  what was asked failed, or problems were found
  2  wrong usage or unreadable input";

/// Move a cluster's traffic from Ingress to Gateway API, with a rehearsal on this machine.
#[derive(Debug, Parser)]
#[command(name = "cutover", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// What to do; the console when absent
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Flags that every command has.
    #[command(flatten)]
    pub global: Global,
    /// Flags of the console, when no command is given.
    #[command(flatten)]
    pub run: Run,
}

/// Flags that every command has; their names follow kubectl.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What to read and how to print")]
pub struct Global {
    /// Manifests: a file, a folder with its sub-folders, or `-` for standard input; may be repeated
    #[arg(short = 'f', long = "filename", global = true, value_name = "FILE|DIR|-")]
    pub files: Vec<PathBuf>,

    /// Use the bundled bookshop as manifests; without a command, open the console on it
    #[arg(long, global = true, conflicts_with = "files")]
    pub demo: bool,

    /// Only this namespace (all when absent)
    #[arg(short = 'n', long, global = true, value_name = "NS", conflicts_with = "all_namespaces")]
    pub namespace: Option<String>,

    /// All namespaces; the default, since manifests have no current namespace
    #[arg(short = 'A', long, global = true)]
    pub all_namespaces: bool,

    /// Only objects whose labels match: `a=b,c!=d,e,!f,g in (h,i),j notin (k)`
    #[arg(short = 'l', long, global = true, value_name = "SELECTOR", value_parser = Selector::parse)]
    pub selector: Option<Selector>,

    /// How to print
    #[arg(short = 'o', long, global = true, value_name = "FORMAT", default_value = "table")]
    pub output: Output,

    /// Treat what the manifests lack as a cluster would, instead of assuming it
    #[arg(long, global = true)]
    pub strict: bool,

    /// The config file, instead of `config.toml` in the folder that `cutover info` shows; also `CUTOVER_CONFIG`
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Which entry points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SideArg {
    /// The Ingresses
    Old,
    /// The Gateways and routes
    New,
    /// Both, side by side
    Both,
}

impl SideArg {
    /// What a rehearsal serves.
    pub fn sides(self) -> Sides {
        Sides { old: self != Self::New, new: self != Self::Old }
    }
}

/// One of the two entry points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OneSide {
    /// The Ingresses
    Old,
    /// The Gateways and routes
    New,
}

impl OneSide {
    /// The side of a Table.
    pub fn side(self) -> Side {
        match self {
            Self::Old => Side::Old,
            Self::New => Side::New,
        }
    }
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Table,
    /// For people, with more columns
    Wide,
    /// For scripts
    Json,
    /// For scripts and people
    Yaml,
    /// For spreadsheets; of `inventory`
    Csv,
    /// For a ticket; of `inventory` and `compare`
    Markdown,
    /// One file for a browser, a phone or paper; of `inventory`
    Html,
}

/// One of the commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve manifests on this machine, with stand-in backends, and open the console on them
    ///
    /// Everything is real HTTP on loopback sockets. The files are watched: save one and the gateway serves the new
    /// table; a file that does not parse leaves the last good table in place.
    Rehearse {
        /// How to run.
        #[command(flatten)]
        run: Run,
    },
    /// List objects: `get httproute,gateway`, `get all`, `get ingress home`, `get svc/cart`
    #[command(
        override_usage = "cutover get [OPTIONS] KIND[,KIND…] [NAME…]\n       cutover get [OPTIONS] KIND/NAME…\n       \
                          cutover get [OPTIONS] all",
        after_help = "An object's own `status` is shown as the file has it; what cutover computed stands under \
                      `cutover`.\nThe data of Secrets is never printed."
    )]
    Get {
        /// Kinds, with commas between them, or `all`; then names (`name` or `namespace/name`), if only these are wanted
        #[arg(value_name = "WHAT", required = true)]
        what: Vec<String>,
    },
    /// Tell all about an object: conditions and cures, rules and shares, who refers to it
    #[command(override_usage = "cutover describe [OPTIONS] KIND[,KIND…] [NAME…]\n       \
                          cutover describe [OPTIONS] KIND/NAME…")]
    Describe {
        /// Its kind, then its name (`name` or `namespace/name`); all of the kind when no name is given
        #[arg(value_name = "WHAT", required = true)]
        what: Vec<String>,
    },
    /// Say where a request goes and why: `explain GET https://app.example.com/x -H 'x-version: v2'`
    ///
    /// The exit code is 0 whenever the question was answered, also when the answer is that the request is refused.
    Explain {
        /// Request method
        method: String,
        /// `http://` or `https://`, host, port (80 or 443 when absent), path and query
        #[arg(value_parser = Url::parse)]
        url: Url,
        /// A request header, `name: value`; may be repeated
        #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = Header::parse)]
        headers: Vec<Header>,
        /// Ask only this Gateway
        #[arg(long, value_name = "NS/NAME", value_parser = values::namespaced)]
        gateway: Option<(String, String)>,
        /// Ask the Ingresses, as their controller serves them (old), or the Gateways and routes (new)
        #[arg(long, value_enum, value_name = "SIDE", default_value = "new")]
        side: OneSide,
    },
    /// Say what stands in front of a move: every Ingress, what its annotations mean and become, and how hard it is
    ///
    /// Problems are in the output and not in the exit code; that is 2 when a part of the input can not be read. Lists
    /// of any size may be piped in: `kubectl get ingress -A -o json | cutover inventory -f -`
    #[command(
        override_usage = "cutover inventory [OPTIONS] [NAME…]\n       cutover inventory annotations [OPTIONS]",
        args_conflicts_with_subcommands = true
    )]
    Inventory {
        /// Ingresses to tell all about: `name` or `namespace/name`; all in a table when none is named
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// The part of it.
        #[command(subcommand)]
        of: Option<InventoryOf>,
        /// Flags of both.
        #[command(flatten)]
        how: InventoryFlags,
    },
    /// Compare what both sides do: every difference by its cause, with a request that shows it
    ///
    /// Found from the routing tables themselves: each class of requests has one witness, and both sides are asked what they
    /// would do. The exit code is 1 when a difference is left that nobody accepted.
    Compare {
        /// What is compared, and how.
        #[command(flatten)]
        wish: super::compare::Wish,
    },
    /// Change the weights of a rule's backends: shows the diff, asks, writes
    Weights {
        /// The route, `namespace/name` (or `name` with -n; `httproute/name` when several kinds have it)
        #[arg(value_name = "NS/ROUTE")]
        route: String,
        /// New weights: `app-canary=25`; a backend may also be `name:port` or `namespace/name:port`
        #[arg(value_name = "BACKEND=WEIGHT", required = true, value_parser = Weight::parse)]
        weights: Vec<Weight>,
        /// The rule: its number from 1, or its name; not needed when only one rule has several backends
        #[arg(long, value_name = "N|NAME")]
        rule: Option<String>,
        /// Show the diff and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Do not ask
        #[arg(short = 'y', long)]
        yes: bool,
    },
    /// Switch names of a running rehearsal with `--dns` to the old side, the new one or a mix; without a host, list them
    ///
    /// Prints what was done and by when all that obey the TTL have moved. Several hosts are switched in one step, or none
    /// of them is. The exit code is 1 when a host can not be switched.
    #[command(override_usage = "cutover switch [OPTIONS] --admin <HOST:PORT>\n       \
                          cutover switch [OPTIONS] --admin <HOST:PORT> --to <old|new|PERCENT> HOST…\n       \
                          cutover switch [OPTIONS] --admin <HOST:PORT> --to <old|new|PERCENT> --all")]
    Switch {
        /// Hostnames, `*.example.com` among them
        #[arg(value_name = "HOST", conflicts_with = "all")]
        hosts: Vec<String>,
        /// Every hostname that can be switched; others are left and told
        #[arg(long)]
        all: bool,
        /// The old side, the new one, or how many of a hundred answers name the new one
        #[arg(long, value_name = "old|new|PERCENT", conflicts_with = "ttl")]
        to: Option<Pointing>,
        /// Serve this TTL instead, in seconds; a lower one counts once the one before has run out
        #[arg(long, value_name = "SECONDS", value_parser = values::ttl())]
        ttl: Option<u32>,
        /// The admin address of the rehearsal, as it says at its start
        #[arg(long, value_name = "HOST:PORT", value_parser = values::address)]
        admin: SocketAddr,
        /// Also to a side that does not serve the hostname
        #[arg(long)]
        force: bool,
    },
    /// Look at hostnames before they are switched: each point green, red or unknown, by evidence
    ///
    /// Routes and listeners, certificates, differences, endpoints, redirects, what clients keep, and both sides asked over the
    /// wire on this machine. The exit code is 0 only when every point of every hostname is green; `--except` leaves one out.
    Preflight {
        /// What is looked at.
        #[command(flatten)]
        wish: super::preflight::Wish,
    },
    /// Find every problem: what does not parse, what an API server would refuse, what does not work
    ///
    /// The exit code is 1 when there is an error or a warning, 0 when there is only information.
    Check,
    /// Say where everything is kept, what was read, what is wrong with it, and what the terminal is taken for
    Info,
    /// Say what is wrong with the config file
    Config {
        /// Print a config file to start from, with all that can be set
        #[arg(long)]
        example: bool,
    },
    /// Print what a shell completes with: `source <(cutover completions bash)`
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man {
        /// Write the pages of all commands into this folder
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

/// Parts of the inventory.
#[derive(Debug, Subcommand)]
pub enum InventoryOf {
    /// Count every key of an annotation: how often, in how many namespaces, with how many values, and what becomes of it
    ///
    /// Prints what `jq '.items[].metadata.annotations | keys[]' | sort | uniq -c | sort -rn` would, and goes on where an
    /// Ingress has none.
    Annotations {
        /// Say which Ingresses have each key
        #[arg(long, conflicts_with_all = ["by_controller", "by_ingress"])]
        users: bool,
        /// One table for each controller or tool that reads them
        #[arg(long, conflicts_with = "by_ingress")]
        by_controller: bool,
        /// The keys of each Ingress instead: `namespace/name: key, key`
        #[arg(long)]
        by_ingress: bool,
    },
}

/// How annotations are read.
#[derive(Clone, Debug, Args)]
pub struct InventoryFlags {
    /// What the annotations of ingress-nginx begin with, when it runs with this flag
    #[arg(long, global = true, value_name = "PREFIX", default_value = NGINX_PREFIX, value_parser = values::annotations_prefix)]
    pub annotations_prefix: String,
}

/// How a rehearsal runs.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "The rehearsal")]
pub struct Run {
    /// Serve the Ingresses as their controller does (old), the Gateways and routes (new), or both [default: new; both with
    /// --demo alone]
    #[arg(long, value_enum, value_name = "SIDE")]
    pub side: Option<SideArg>,

    /// Requests a second of clients beside the load.
    #[arg(skip)]
    pub beside: Option<f64>,

    /// Answer DNS questions about the hostnames of both sides, so that they can be switched; with --side both
    #[arg(
        long,
        value_name = "ADDR:PORT",
        num_args = 0..=1,
        default_missing_value = "127.0.0.1:1053",
        value_parser = values::address
    )]
    pub dns: Option<SocketAddr>,

    /// How long DNS answers may be kept, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", requires = "dns", value_parser = values::ttl())]
    pub ttl: u32,

    /// Ask this server for all other names, instead of refusing them
    #[arg(long, value_name = "ADDR:PORT", requires = "dns", value_parser = values::resolver)]
    pub dns_forward: Option<SocketAddr>,

    /// No console: print where each listener listens, log to stderr, serve until Ctrl-C
    #[arg(long)]
    pub no_tui: bool,

    /// Requests a second to send (0: none); made from the routes' own matches unless --load-from says otherwise
    #[arg(long, value_name = "RATE", value_parser = values::rate)]
    pub load: Option<f64>,

    /// Send the requests of a HAR, or of an access log (nginx, ingress-nginx, Apache; also as JSON), in their order
    #[arg(long, value_name = "FILE")]
    pub load_from: Option<PathBuf>,

    /// Who sends, and what is played.
    #[command(flatten)]
    pub play: Play,

    /// Connections of the load at most
    #[arg(long, value_name = "N", default_value = "64", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub load_connections: u16,

    /// Host for recorded requests that name none; or RECORDED=HOST to send to another one (`*=HOST` for all others);
    /// may be repeated
    #[arg(long, value_name = "[RECORDED=]HOST", value_parser = Replay::parse_host, requires = "load_from")]
    pub load_host: Vec<(Option<String>, String)>,

    /// Send cookies and credentials of a HAR again; they are left out otherwise
    #[arg(long, requires = "load_from")]
    pub load_credentials: bool,

    /// Threads of the proxy
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: Option<u16>,

    /// Colours of the console: `dark`, `light`, `nord`, `mono` …, or one of your own (`t` shows all)
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,

    /// Whether the console has colour, and how much: `always` is more than `NO_COLOR`
    #[arg(long, value_name = "WHEN", value_parser = values::color())]
    pub color: Option<Color>,

    /// Draw the console in ASCII; by itself where the locale is not UTF-8
    #[arg(long)]
    pub ascii: bool,

    /// Let nothing on the console move by itself more often than every five seconds
    #[arg(long)]
    pub reduced_motion: bool,

    /// Weights can be looked at and not changed
    #[arg(long)]
    pub read_only: bool,

    /// How much is logged: `error`, `warn`, `info`, `debug`, `trace`, or a filter; also `CUTOVER_LOG`
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,

    /// Log to this file, with six older ones beside it; without --no-tui there always is one, as `cutover info` says
    #[arg(long, value_name = "FILE")]
    pub log_file: Option<PathBuf>,

    /// Send a Service's traffic to a program of your own; may be repeated
    #[arg(long, value_name = "NS/SERVICE[:PORT]=HOST:PORT", value_parser = Backend::parse)]
    pub backend: Vec<Backend>,

    /// Who answers for Services: a stand-in, or the addresses of the manifests' EndpointSlices
    #[arg(long, value_name = "HOW", default_value = "stand-in")]
    pub backends: BackendsMode,

    /// What a stand-in does wrong: `503 5%`, `+200ms` or `+200ms±50ms`, `slow 10kB/s`, `down`, or several with blanks
    /// or commas between: `--fault 'shop/app=503 5% +200ms'`; may be repeated
    #[arg(long, value_name = "NS/SERVICE=FAULT", value_parser = FaultSpec::parse)]
    pub fault: Vec<FaultSpec>,

    /// Where `/metrics` is served (port 0: any free one)
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    pub admin: SocketAddr,
}

impl Global {
    /// What to read; none when nobody said.
    pub fn inputs(&self) -> Vec<Input> {
        if self.demo {
            return demo::BOOKSHOP.to_vec();
        }
        self.files
            .iter()
            .map(|file| if file.as_os_str() == "-" { Input::Stdin } else { Input::Path(file.clone()) })
            .collect()
    }
}

#[cfg(test)]
mod tests;
