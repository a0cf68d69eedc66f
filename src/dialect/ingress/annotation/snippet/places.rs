//! What nginx refuses of a directive because of its place: one that may not stand there, one that the controller's own
//! template has written already, a variable that nobody sets, a location that is there twice.
//!
//! As `nginx -t` says it of the controller's configuration with the directive in it.

use std::collections::HashSet;

use super::{
    Snippet, brief,
    words::{self, Block, Statement},
};
use crate::dialect::ingress::annotation::unknown_variable;

/// Where a snippet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::ingress) enum Place {
    /// In a `location` of the controller's, before its `proxy_pass`.
    Location,
    /// In a `server`, before its locations.
    Server,
}

/// What else the configuration has.
pub(in crate::dialect::ingress) struct Around<'a> {
    /// Locations of the server: exact, and path.
    pub(in crate::dialect::ingress) locations: &'a HashSet<(bool, &'a str)>,
    /// `use-http2`
    pub(in crate::dialect::ingress) http2: bool,
}

/// What nginx refuses of a directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect::ingress) struct Misplaced {
    pub(in crate::dialect::ingress) line: u32,
    pub(in crate::dialect::ingress) why: String,
    /// Only if no snippet of the whole configuration sets this variable.
    pub(in crate::dialect::ingress) variable: Option<String>,
}

impl Snippet {
    /// The variables that it sets.
    pub(in crate::dialect::ingress) fn sets(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut words = self.text.split(|c: char| c.is_whitespace() || c == ';' || c == '{').peekable();
        while let Some(word) = words.next() {
            let sets = word == "set"
                || word.starts_with("set_")
                || ["map", "geo", "auth_request_set"].contains(&word);
            if !sets {
                continue;
            }
            // The variable is the next word, of `map` and `set_escape_uri` perhaps the one behind it.
            let names = [words.peek().copied(), words.clone().nth(1)].into_iter().flatten();
            found.extend(names.filter_map(|name| name.strip_prefix('$')).map(str::to_owned));
        }
        found
    }

    /// What nginx refuses of the snippets of one place.
    pub(in crate::dialect::ingress) fn misplaced(
        snippets: &[&Self],
        place: Place,
        around: &Around<'_>,
    ) -> Vec<Misplaced> {
        let mut judge =
            Judge { place, around, seen: HashSet::new(), locations: HashSet::new(), faults: Vec::new() };
        for snippet in snippets {
            let read = words::read(&snippet.text);
            if read.breaks_out || !read.faults.is_empty() {
                continue;
            }
            for statement in &read.statements {
                judge.statement(statement);
            }
        }
        judge.faults
    }
}

struct Judge<'a> {
    place: Place,
    around: &'a Around<'a>,
    /// Directives that may stand once, and did.
    seen: HashSet<String>,
    locations: HashSet<(bool, String)>,
    faults: Vec<Misplaced>,
}

fn listed(list: &str, name: &str) -> bool {
    list.split_ascii_whitespace().any(|one| one == name)
}

impl Judge<'_> {
    fn fault(&mut self, statement: &Statement, why: String) {
        self.faults.push(Misplaced { line: statement.line, why, variable: None });
    }

    fn unknown(&mut self, statement: &Statement, text: &str) {
        for name in unknown(text) {
            let why = format!("nginx knows no variable `${}`", brief(&name));
            self.faults.push(Misplaced { line: statement.line, why, variable: Some(name) });
        }
    }

    fn statement(&mut self, statement: &Statement) {
        let Some((name, words)) = statement.words.split_first() else { return };
        let here = match self.place {
            Place::Location => !listed(NOT_IN_LOCATION, name) && !name.starts_with("ssl_"),
            Place::Server => !listed(NOT_IN_SERVER, name) && !name.starts_with("content_by_lua"),
        };
        if !here || listed(ONLY_IN_HTTP, name) {
            return self.fault(statement, format!("nginx allows no `{name}` in this place"));
        }
        let written = match self.place {
            Place::Location => listed(WRITTEN, name),
            Place::Server => name == "http2" && self.around.http2,
        };
        if written {
            let why = format!("the controller writes `{name}` there itself, and nginx takes it once only");
            return self.fault(statement, why);
        }
        if listed(ONCE, name) && !self.seen.insert(name.clone()) {
            return self.fault(statement, format!("`{name}` stands twice"));
        }
        match name.as_str() {
            "if" => self.condition(statement, words),
            "location" => self.location(statement, words),
            _ => self.variables(statement),
        }
    }

    fn condition(&mut self, statement: &Statement, words: &[String]) {
        let first = words.first().map_or("", |word| word.trim_start_matches('('));
        let is_whole = words.first().is_some_and(|word| word.starts_with('('))
            && words.last().is_some_and(|word| word.ends_with(')'));
        if !is_whole {
            return self.fault(statement, "nginx does not understand the condition".to_owned());
        }
        self.unknown(statement, first.trim_end_matches(')'));
        let Some(Block::Directives(inside)) = &statement.block else { return };
        for inner in inside {
            let Some(name) = inner.words.first() else { continue };
            let allowed = match self.place {
                Place::Server => listed("break return rewrite set", name) || name.starts_with("set_"),
                Place::Location => {
                    !(listed(NOT_IN_IF, name) || name.starts_with("proxy_") && name != "proxy_pass")
                }
            };
            if !allowed {
                self.fault(inner, format!("nginx allows no `{name}` in an `if` of this place"));
                continue;
            }
            self.variables(inner);
        }
    }

    fn location(&mut self, statement: &Statement, words: &[String]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let place = match words.as_slice() {
            ["=", path] => (true, *path),
            ["^~", path] => (false, *path),
            [path] if path.starts_with('=') => (true, path.trim_start_matches('=')),
            [path] if !path.starts_with(['~', '@', '^']) => (false, *path),
            _ => return,
        };
        let twice =
            self.around.locations.contains(&place) || !self.locations.insert((place.0, place.1.to_owned()));
        if twice && self.place == Place::Server {
            self.fault(statement, format!("location `{}` stands twice", place.1));
        }
    }

    /// Words of which nginx makes a text with variables.
    fn variables(&mut self, statement: &Statement) {
        let Some((name, words)) = statement.words.split_first() else { return };
        let takes = listed(WITH_VARIABLES, name);
        let words = match name.as_str() {
            "rewrite" => words.get(1..2).unwrap_or_default(),
            "set" => words.get(1..).unwrap_or_default(),
            _ => words,
        };
        words.iter().filter(|_| takes).for_each(|word| self.unknown(statement, word));
    }
}

/// The variables of a text that nginx does not know by itself.
fn unknown(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let one = &rest[at..];
        let end = one[1..].find('$').map_or(one.len(), |end| end + 1);
        let (this, after) = one.split_at(end);
        found.extend(unknown_variable(this).map(str::to_owned));
        rest = after;
    }
    found
}

/// What the template writes into every location.
const WRITTEN: &str = "
client_max_body_size port_in_redirect proxy_buffer_size proxy_buffering proxy_buffers proxy_connect_timeout
proxy_cookie_domain proxy_cookie_path proxy_http_version proxy_max_temp_file_size proxy_next_upstream_timeout
proxy_next_upstream_tries proxy_pass proxy_read_timeout proxy_redirect proxy_request_buffering proxy_send_timeout
body_filter_by_lua_block body_filter_by_lua_file header_filter_by_lua_block header_filter_by_lua_file log_by_lua_block
log_by_lua_file rewrite_by_lua_block rewrite_by_lua_file";

const NOT_IN_LOCATION: &str = "
client_header_buffer_size client_header_timeout connection_pool_size http2 http3 ignore_invalid_headers
large_client_header_buffers listen merge_slashes request_pool_size server_name underscores_in_headers";

const NOT_IN_SERVER: &str = "
alias empty_gif fastcgi_pass grpc_pass internal limit_except memcached_pass proxy_pass scgi_pass uwsgi_pass";

const ONLY_IN_HTTP: &str = "
geo limit_conn_zone limit_req_zone log_format map proxy_cache_path server server_names_hash_bucket_size
server_names_hash_max_size split_clients upstream variables_hash_bucket_size variables_hash_max_size";

/// Beside those of the proxy.
const NOT_IN_IF: &str = "
allow alias auth_basic auth_basic_user_file auth_request chunked_transfer_encoding client_body_buffer_size
client_body_timeout client_max_body_size deny etag if internal keepalive_timeout limit_except location resolver satisfy
server_tokens sub_filter try_files";

/// What may stand once in a place, of what is met in snippets.
const ONCE: &str = "
absolute_redirect auth_basic autoindex charset chunked_transfer_encoding client_body_buffer_size client_body_timeout
client_header_timeout client_max_body_size default_type etag expires gzip keepalive_timeout large_client_header_buffers
limit_rate merge_slashes port_in_redirect proxy_buffer_size proxy_buffering proxy_connect_timeout proxy_http_version
proxy_intercept_errors proxy_method proxy_read_timeout proxy_request_buffering proxy_send_timeout proxy_set_body root
satisfy send_timeout server_tokens ssl_ciphers ssl_protocols tcp_nodelay underscores_in_headers";

const WITH_VARIABLES: &str = "
add_header add_trailer more_set_headers more_set_input_headers proxy_set_header return rewrite set";
