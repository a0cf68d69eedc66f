//! Servers as hosts of the ports 80 and 443.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Settings,
    annotation::{ClientCertificate, VerifyClient},
    certificate::Certificate,
    entry, port,
    rule::{Conditional, Context, Idioms},
    server::{Location, Server},
};
use crate::routing::{
    Action, Candidate, Conditions, Expression, Field, FieldMatch, HeadBuffers, HostMap, HostPattern,
    HostPolicy, Listener, ListenerId, PathMatch, PathPattern, PathPolicy, PathRewrite, Policy, Port,
    PortProtocol, Reading, Redirect, Return, Rule, Template, ValueMatch, Why,
};

/// ingress-nginx's ports with these hosts: the same on both. What can not be read as a request is answered with the
/// headers of `unread`.
pub(super) fn ports(settings: &Settings, hosts: &HostMap, unread: Option<&Arc<Policy>>) -> [Arc<Port>; 2] {
    let (entry, flags) = (entry(), &settings.flags);
    let both =
        [(flags.http_port, "http", PortProtocol::Http), (flags.https_port, "https", PortProtocol::Https)];
    both.map(|(number, name, protocol)| {
        let key = port(&entry, number);
        let listener = Listener {
            id: ListenerId { port: key.clone(), name: name.into() },
            hostname: HostPattern::Any,
            host_policy: HostPolicy::BestOnly,
            path_policy: PathPolicy::Normalized,
            hosts: hosts.clone(),
        };
        let port = Port::new(key, protocol, [Arc::new(listener)]).reading(reading(settings));
        Arc::new(Port { unread: unread.cloned(), ..port })
    })
}

/// How nginx reads heads, by the ConfigMap.
fn reading(settings: &Settings) -> Reading {
    let bytes = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
    let (count, size) = settings.client.large_header_buffers;
    // The controller takes any number; nobody needs this much for a head.
    let count = count.min(1024) as usize;
    Reading::Nginx(HeadBuffers {
        first: bytes(settings.client.header_buffer).min(MOST_HEAD),
        count,
        size: bytes(size).min(MOST_HEAD / count.max(1)),
    })
}

/// Most bytes of a head, whatever the ConfigMap says.
const MOST_HEAD: usize = 4 * 1024 * 1024;

/// What one server comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Made {
    pub(super) front: Vec<Arc<Candidate>>,
    pub(super) candidates: Vec<Arc<Candidate>>,
}

/// A name of a server.
struct Name {
    pattern: HostPattern,
    /// The controller finds the server's certificate by it: it looks for names in small letters, among those as written.
    certified: bool,
}

/// The names of a server, but for regular expressions.
fn names(server: &Server) -> Vec<Name> {
    let mut all = Vec::new();
    let own = if server.is_catch_all() {
        Some(HostPattern::Any)
    } else {
        HostPattern::parse_one_label(&server.host).ok()
    };
    all.extend(own.map(|pattern| Name { pattern, certified: true }));
    // In an alias a star stands for any number of labels.
    all.extend(server.aliases.iter().filter_map(|alias| {
        let certified = server.certified.contains(alias) && !alias.contains(|c: char| c.is_ascii_uppercase());
        Some(Name { pattern: HostPattern::parse(alias).ok()?, certified })
    }));
    all
}

/// An alias that is a regular expression: without regard to case when it holds capitals, as nginx has it.
fn expression(alias: &str) -> Option<Expression> {
    let text = alias.strip_prefix('~')?;
    let flags = if text.contains(|c: char| c.is_ascii_uppercase()) { "(?i)" } else { "" };
    Expression::pcre(&format!("{flags}{text}"), 1 << 20).ok()
}

/// Names for which the controller has a certificate by this server: whole, or of one label.
pub(super) fn secured(server: &Server) -> BTreeSet<HostPattern> {
    let is_secured = server.certificate.is_some() && !server.is_catch_all();
    let all = is_secured.then(|| names(server)).into_iter().flatten().filter(|name| name.certified);
    let all = all.map(|name| match name.pattern {
        HostPattern::Under(name) => HostPattern::OneLabel(name),
        pattern @ (HostPattern::Exact(_) | HostPattern::OneLabel(_) | HostPattern::Any) => pattern,
    });
    all.collect()
}

/// The names of which one has to have a certificate, that of a server's name be known; of several labels nobody has one.
pub(super) fn securing(pattern: &HostPattern) -> Vec<HostPattern> {
    match pattern {
        HostPattern::Exact(name) => {
            let parent = name.split_once('.').map_or("", |(_, parent)| parent);
            vec![pattern.clone(), HostPattern::OneLabel(parent.into())]
        }
        HostPattern::OneLabel(_) => vec![pattern.clone()],
        HostPattern::Under(_) | HostPattern::Any => Vec::new(),
    }
}

/// A name with the rules that it has.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Named {
    pub(super) pattern: HostPattern,
    pub(super) made: Arc<Made>,
    /// The certificate that TLS shows for it.
    pub(super) certificate: Option<Certificate>,
    /// Whose certificates clients have to have.
    pub(super) client: Option<ClientCertificate>,
}

/// The names of a server with its rules; some are sent to https, others not.
pub(super) fn named(
    context: &mut Context<'_, '_>,
    server: &Server,
    is_secured: &dyn Fn(&HostPattern) -> bool,
) -> (Vec<Named>, Vec<(Expression, Arc<Made>)>) {
    let mut made: [Option<Arc<Made>>; 2] = [None, None];
    let mut compiled = |secured: bool| {
        context.secured = secured;
        let kept = if secured { &mut made[1] } else { &mut made[0] };
        Arc::clone(kept.get_or_insert_with(|| Arc::new(host(context, server))))
    };
    let has = |pattern: &HostPattern| securing(pattern).iter().any(is_secured);
    let asks = |client: &&ClientCertificate| client.ca.is_some() && client.verify != VerifyClient::Off;
    let client = server.client.as_ref().filter(asks);
    let mut all = Vec::new();
    for Name { pattern, certified } in names(server) {
        if let HostPattern::Under(name) = &pattern {
            // The controller looks for the certificate of one label only.
            let one = HostPattern::OneLabel(Arc::clone(name));
            let made = compiled(has(&one));
            all.push(Named { pattern: one, made, certificate: None, client: None });
        }
        let made = compiled(has(&pattern));
        let certificate = server.certificate.clone().filter(|_| certified);
        all.push(Named { pattern, made, certificate, client: client.cloned() });
    }
    let aliases = server.aliases.iter().filter_map(|alias| expression(alias));
    let expressions = aliases.map(|wanted| (wanted, compiled(false))).collect();
    (all, expressions)
}

/// Gives candidates their places: the order in which they are made is the order in which they are asked.
struct Maker<'m> {
    made: &'m mut Made,
    next: i64,
    patterns: usize,
}

impl Maker<'_> {
    fn candidate(
        &mut self,
        path: PathMatch,
        conditions: Conditions,
        rule: &Arc<Rule>,
        at: u32,
    ) -> Arc<Candidate> {
        let mut candidate = Candidate::by_path(path, Arc::clone(rule));
        candidate.rank.created = self.next;
        candidate.conditions = conditions;
        candidate.match_index = at;
        candidate.rank.matched = at;
        self.next += 1;
        Arc::new(candidate)
    }

    fn push(&mut self, path: PathMatch, conditions: Conditions, rule: &Arc<Rule>, at: u32) {
        let candidate = self.candidate(path, conditions, rule, at);
        self.made.candidates.push(candidate);
    }

    /// The path of a location, as nginx writes it.
    fn path(
        &mut self,
        context: &mut Context<'_, '_>,
        server: &Server,
        location: &Location,
    ) -> Option<PathMatch> {
        if server.regex {
            self.patterns = self.patterns.saturating_sub(1);
            let pattern = context.pattern(&location.path)?;
            return Some(PathMatch::Pattern(Arc::new(PathPattern { order: self.patterns, ..pattern })));
        }
        Some(if location.exact {
            PathMatch::exact(&location.path)
        } else {
            PathMatch::raw_prefix(&location.path)
        })
    }
}

/// The rules of a server.
fn host(context: &mut Context<'_, '_>, server: &Server) -> Made {
    let mut made = Made::default();
    let mut maker = Maker { made: &mut made, next: 0, patterns: usize::MAX - 1 };
    context.enter(server);
    front(context, server, &mut maker);
    let exact: std::collections::HashSet<&str> =
        server.locations.iter().filter(|one| one.exact).map(|one| one.path.as_str()).collect();
    for location in &server.locations {
        let at = location.place.map_or(0, |(_, path)| path as u32);
        let Some(path) = maker.path(context, server, location) else { continue };
        let compiled = context.compile(server, location);
        for conditional in &compiled.before {
            let Some(rule) = conditional.rule() else { continue };
            let path = both(&path, conditional.path.as_ref());
            maker.push(path, conditional.conditions.clone(), rule, at);
        }
        // nginx's own redirect to a location that ends with a slash.
        let bare = location.path.strip_suffix('/').filter(|bare| !bare.is_empty());
        if let Some(bare) = bare.filter(|bare| !server.regex && !exact.contains(bare)) {
            let is_open = !matches!(&compiled.rule.action, Action::Return(said) if said.status == 503 && said.location.is_none());
            if is_open {
                let rule = slash(&location.path, &compiled.rule);
                maker.push(PathMatch::exact(bare), Conditions::default(), &rule, at);
            }
        }
        maker.push(path, Conditions::default(), &compiled.rule, at);
    }
    if server.is_catch_all() {
        let said = Return {
            status: 200,
            location: None,
            text: Some(Template::default()),
            why: Why::Said("the controller's own health check".to_owned()),
        };
        let rule = Arc::new(context.own(Action::Return(Box::new(said)), context.common()));
        let path = PathMatch::raw_prefix(&context.settings.flags.health_path);
        maker.push(path, Conditions::default(), &rule, 0);
    }
    made
}

/// A rule's path, or what a snippet's rewrite looks for within it.
fn both(path: &PathMatch, inner: Option<&PathMatch>) -> PathMatch {
    inner.cloned().unwrap_or_else(|| path.clone())
}

/// What a server does before its locations are asked: client certificates, snippets, app-root.
fn front(context: &mut Context<'_, '_>, server: &Server, maker: &mut Maker<'_>) {
    let all = || PathMatch::raw_prefix("");
    let mut policy = context.common();
    let add = |maker: &mut Maker<'_>, path, conditions, rule: Rule| {
        let candidate = maker.candidate(path, conditions, &Arc::new(rule), 0);
        maker.made.front.push(candidate);
    };
    let says = |status, why: String| Return { status, location: None, text: None, why: Why::Said(why) };
    for (list, header) in
        [(&context.settings.block.user_agents, "user-agent"), (&context.settings.block.referers, "referer")]
    {
        for text in list {
            let Some(value) = blocked(text) else { continue };
            let fields = [FieldMatch { field: Field::Header, name: header.into(), value }].into();
            let said = says(403, format!("the controller blocks this {header}"));
            let rule = context.own(Action::Return(Box::new(said)), policy.clone());
            add(maker, all(), Conditions { fields, ..Conditions::default() }, rule);
        }
    }
    if let Some(why) = &server.client_error {
        let said = says(403, format!("auth-tls-secret can not be used: {why}"));
        let rule = context.own(Action::Return(Box::new(said)), policy.clone());
        add(maker, all(), Conditions::default(), rule);
        return;
    }
    let mut idioms = Idioms::default();
    let none = |_: &str| None;
    let snippets = [context.settings.snippets.server.as_ref(), server.snippet.as_ref().map(|(it, _)| it)];
    for snippet in snippets.into_iter().flatten() {
        idioms.read(snippet, &none);
    }
    let conditional: Vec<Conditional> = idioms.take_conditional();
    let returned = idioms.take_return();
    idioms.apply(&mut policy);
    context.base = policy.clone();
    policy.client_certificate = context.client(server);
    for one in &conditional {
        let Some(said) = one.returned() else { continue };
        let action = Action::Return(Box::new(said.clone()));
        let path = one.path.clone().unwrap_or_else(all);
        add(maker, path, one.conditions.clone(), context.own(action, policy.clone()));
    }
    for one in idioms.take_locations() {
        let (Some(said), Some(path)) = (one.returned(), one.path.clone()) else { continue };
        let rule = Arc::new(context.own(Action::Return(Box::new(said.clone())), policy.clone()));
        maker.push(path, Conditions::default(), &rule, 0);
    }
    if let Some(said) = returned {
        let rule = context.own(Action::Return(Box::new(said)), policy.clone());
        add(maker, all(), Conditions::default(), rule);
        return;
    }
    let root = server.locations.iter().find_map(|location| {
        let annotations = &location.taken.as_ref().filter(|_| !location.plain)?.annotations;
        Some((annotations.rewrite.app_root.as_deref()?, location))
    });
    if let Some((root, _)) = root {
        let said = Return {
            status: 302,
            location: Some(Template::parse(&format!("$scheme://$http_host{root}"))),
            text: None,
            why: Why::Said("app-root".to_owned()),
        };
        let rule = context.own(Action::Return(Box::new(said)), policy);
        add(maker, PathMatch::exact("/"), Conditions::default(), rule);
    }
}

/// `block-user-agents` and `block-referers`: a text, or an expression after `~`.
fn blocked(text: &str) -> Option<ValueMatch> {
    match text.strip_prefix('~') {
        Some(pattern) => {
            let (text, flags) = pattern.strip_prefix('*').map_or((pattern, ""), |rest| (rest, "(?i)"));
            ValueMatch::part(&format!("{flags}{text}")).ok()
        }
        None => Some(ValueMatch::exact(text)),
    }
}

/// nginx's 301 to a location's path, which ends with a slash.
fn slash(path: &str, rule: &Rule) -> Arc<Rule> {
    let to = Redirect {
        scheme: None,
        host: None,
        port: None,
        path: Some(PathRewrite::Full(path.into())),
        status: 301,
    };
    let policy = rule.policy.as_deref().cloned().unwrap_or_default();
    // Only headers are left of the location.
    let policy = Policy {
        answer: policy.answer,
        pages: policy.pages,
        names: policy.names,
        client_certificate: policy.client_certificate,
        forwarded: policy.forwarded,
        ..Policy::default()
    };
    Arc::new(Rule { policy: Some(Arc::new(policy)), ..Rule::new(rule.id.clone(), Action::Redirect(to)) })
}

/// The server that sends the name with, or without, `www.` to the other.
pub(super) fn to_www(context: &Context<'_, '_>, host: &str) -> Made {
    let said = Return {
        status: context.settings.tls.redirect_code,
        location: Some(Template::parse(&format!("$pass_access_scheme://{host}$request_uri_cut"))),
        text: None,
        why: Why::Said("from-to-www-redirect".to_owned()),
    };
    let rule = Arc::new(context.own(Action::Return(Box::new(said)), context.plain()));
    let candidate = Candidate::by_path(PathMatch::raw_prefix("/"), rule);
    Made { front: Vec::new(), candidates: vec![Arc::new(candidate)] }
}
