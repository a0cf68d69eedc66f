//! Pairs of worlds served by a rehearsal, both sides asked over sockets: what differs there, compare had found, and each of
//! its witnesses is truly answered differently. `PAIRS`, `REQUESTS`, `SEED` and `THREADS` set how much; the whole figure is
//! that of `scripts/compare-wire`.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, BufReader, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cutover::{
    dialect::{gateway, ingress},
    rehearsal::{Handle, LoadSetting, Mix, Options, Sides, start},
    routing::{
        PortProtocol, Side,
        compare::{Kind, Kinds, Place, Point, Witness, answer},
    },
    source::Input,
};
use serde_json::Value;

use crate::{
    Met, found, given, key, places,
    tls::{self, Settings},
    worlds::{Dice, folder, load, objects, request},
};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_mins(1);
/// Requests by which a share is measured, at most this many times.
const SAMPLE: u32 = 400;
const SAMPLES: u32 = 25;
/// Requests until one that only a part of them shows has been seen.
const TRIES: u32 = 400;

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Who asks, whom, and by which name: a connection is kept for each.
type Line = (Side, bool, u16, String, IpAddr);

/// Both sides of one pair.
struct Served {
    handle: Handle,
    at: HashMap<(Side, bool, u16), SocketAddr>,
    open: HashMap<Line, BufReader<Box<dyn Stream>>>,
    settings: Settings,
    runtime: tokio::runtime::Runtime,
}

/// What came back; nothing where no connection could be had.
type Came = Option<Answer>;

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    echo: Option<Echo>,
}

/// What the stand-in saw.
struct Echo {
    service: String,
    target: String,
    headers: BTreeMap<String, String>,
}

impl Served {
    fn start(folder: &Path) -> Self {
        let handle = start(Options {
            inputs: vec![Input::Path(folder.to_path_buf())],
            strict: false,
            sides: Sides::BOTH,
            workers: 1,
            own_backends: Vec::new(),
            direct: false,
            load: LoadSetting { rate: 0.0, concurrency: 1 },
            mix: Mix::Routes,
            faults: Vec::new(),
            writable: false,
            journal: None,
            admin: ([127, 0, 0, 1], 0).into(),
            refresh: Duration::from_mins(1),
            dns: None,
            clients: None,
        })
        .unwrap();
        let mut at = HashMap::new();
        for listener in handle.view.borrow().listeners.iter() {
            let tls = listener.protocol == PortProtocol::Https;
            let port = &listener.id.port;
            at.insert((port.side, tls, port.port), *listener.address.as_ref().unwrap());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { handle, at, open: HashMap::new(), settings: tls::anyone(), runtime }
    }

    /// A connection from an address of this machine.
    fn connect(&self, to: SocketAddr, from: IpAddr) -> io::Result<TcpStream> {
        let stream = self.runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4()?;
            socket.bind((from, 0).into())?;
            socket.connect(to).await?.into_std()
        })?;
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    fn ask(&mut self, side: Side, witness: &Witness) -> Came {
        let ask = &witness.ask;
        let tls = ask.scheme == "https";
        let to = *self.at.get(&(side, tls, ask.port))?;
        let from = witness.client.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let line = (side, tls, ask.port, ask.host.clone(), from);
        // A kept connection may have been closed meanwhile.
        if let Some(mut stream) = self.open.remove(&line)
            && let Ok((answer, kept)) = exchange(&mut stream, witness)
        {
            if kept {
                self.open.insert(line, stream);
            }
            return Some(answer);
        }
        let tcp = self.connect(to, from).unwrap();
        let stream: Box<dyn Stream> =
            if tls { Box::new(tls::open(tcp, &ask.host, &self.settings).ok()?) } else { Box::new(tcp) };
        let mut stream = BufReader::new(stream);
        let (answer, kept) = exchange(&mut stream, witness).ok()?;
        if kept {
            self.open.insert(line, stream);
        }
        Some(answer)
    }
}

/// The request as it goes over the wire.
fn written(witness: &Witness) -> Vec<u8> {
    let ask = &witness.ask;
    let mut text =
        format!("{} {} HTTP/1.1\r\nHost: {}\r\n", ask.method, witness.target(), witness.authority());
    for (name, value) in &ask.headers {
        text += &format!("{name}: {value}\r\n");
    }
    let body = witness.body.unwrap_or(0);
    if body > 0 || matches!(ask.method.as_str(), "POST" | "PUT" | "PATCH") {
        text += &format!("Content-Length: {body}\r\n");
    }
    text += "\r\n";
    let mut bytes = text.into_bytes();
    bytes.resize(bytes.len() + body as usize, b'x');
    bytes
}

/// The answer, and whether the connection can be used again.
fn exchange(stream: &mut BufReader<Box<dyn Stream>>, witness: &Witness) -> io::Result<(Answer, bool)> {
    // Who answers before a body was read may close; the answer is there all the same.
    let sent = stream.get_mut().write_all(&written(witness)).and_then(|()| stream.get_mut().flush());
    if witness.body.is_none() {
        sent?;
    }
    let (status, headers) = loop {
        let (status, headers) = head(stream)?;
        if status != 100 {
            break (status, headers);
        }
    };
    let length = headers.get("content-length").and_then(|length| length.parse::<usize>().ok());
    let chunked = headers.contains_key("transfer-encoding");
    let mut body = Vec::new();
    if witness.ask.method != "HEAD" && status != 204 && status != 304 {
        if chunked {
            chunks(stream, &mut body)?;
        } else if let Some(length) = length {
            body.resize(length, 0);
            stream.read_exact(&mut body)?;
        } else {
            stream.read_to_end(&mut body)?;
        }
    }
    let kept = headers.get("connection").is_none_or(|told| !told.eq_ignore_ascii_case("close"))
        && witness.body.is_none()
        && (length.is_some() || chunked);
    Ok((Answer { status, headers, echo: echo(&body) }, kept))
}

fn line(stream: &mut impl io::BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    if stream.read_until(b'\n', &mut bytes)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(bytes.trim_ascii_end()).into_owned())
}

fn head(stream: &mut impl io::BufRead) -> io::Result<(u16, BTreeMap<String, String>)> {
    let first = line(stream)?;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("`{first}` is no status line")))?;
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    loop {
        let line = line(stream)?;
        let Some((name, value)) = line.split_once(':') else { return Ok((status, headers)) };
        let all = headers.entry(name.to_lowercase()).or_default();
        if !all.is_empty() {
            all.push_str(", ");
        }
        all.push_str(value.trim());
    }
}

fn chunks(stream: &mut impl io::BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let size = usize::from_str_radix(&line(stream)?, 16).map_err(io::Error::other)?;
        let before = body.len();
        body.resize(before + size, 0);
        stream.read_exact(&mut body[before..])?;
        line(stream)?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn echo(body: &[u8]) -> Option<Echo> {
    let said: Value = serde_json::from_slice(body).ok()?;
    let (service, request) = (said.get("service")?, said.get("request")?);
    let query = request["query"].as_str().map(|query| format!("?{query}")).unwrap_or_default();
    let values = |all: &Value| -> String {
        let each = all.as_array().into_iter().flatten();
        each.map(|value| value.as_str().unwrap_or_default()).collect::<Vec<_>>().join(", ")
    };
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, all) in request["headers"].as_object()? {
        headers.insert(name.to_lowercase(), values(all));
    }
    Some(Echo {
        service: format!(
            "{}/{}:{}",
            service["namespace"].as_str()?,
            service["name"].as_str()?,
            service["port"].as_u64()?
        ),
        target: format!("{}{query}", request["path"].as_str()?),
        headers,
    })
}

/// What differs: what, and the kinds of which one must have been found.
type Different = (String, &'static [Kind]);

/// In what two answers differ that is not by chance: `shares` are the backends that each side may choose from.
fn differences(old: &Came, new: &Came, shares: &[Vec<String>; 2]) -> Vec<Different> {
    let (old, new) = match (old, new) {
        (None, None) => return Vec::new(),
        (Some(old), Some(new)) => (old, new),
        (old, _) => return vec![(format!("served: {}", old.is_some()), &[Kind::Status, Kind::Tls])],
    };
    if old.status != new.status {
        return vec![(format!("status {} {}", old.status, new.status), &[Kind::Status])];
    }
    let mut all: Vec<Different> = Vec::new();
    let (a, b) = (old.headers.get("location"), new.headers.get("location"));
    if a != b {
        all.push((format!("location {a:?} {b:?}"), &[Kind::Location]));
    }
    match (&old.echo, &new.echo) {
        (Some(a), Some(b)) if a.service == b.service => {
            if a.target != b.target {
                all.push((format!("path {} {}", a.target, b.target), &[Kind::UpstreamPath]));
            }
            for name in unequal(&a.headers, &b.headers, &["x-request-id"], &[]) {
                all.push((format!("upstream {name}"), &[Kind::UpstreamHeaders]));
            }
        }
        (Some(a), Some(b)) => {
            if !shares[1].contains(&a.service) || !shares[0].contains(&b.service) {
                all.push((format!("service {} {}", a.service, b.service), &[Kind::Backend]));
            }
            return all;
        }
        (None, None) => {}
        (Some(_), None) | (None, Some(_)) => {
            all.push(("who answers".to_owned(), &[Kind::Status]));
            return all;
        }
    }
    // What pages are made of, and how bodies are framed, is not compared.
    let framing = [
        "date",
        "content-length",
        "content-type",
        "connection",
        "transfer-encoding",
        "location",
        "keep-alive",
    ];
    for name in unequal(&old.headers, &new.headers, &["set-cookie"], &framing) {
        all.push((format!("answer's {name}"), &[Kind::ResponseHeaders]));
    }
    all
}

/// Names whose values differ; of `random` only whether they are there counts, `without` does not.
fn unequal(
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
    random: &[&str],
    without: &[&str],
) -> Vec<String> {
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    names
        .filter(|name| !without.contains(&name.as_str()))
        .filter(|name| match (old.get(*name), new.get(*name)) {
            (Some(_), Some(_)) if random.contains(&name.as_str()) => false,
            (a, b) => a != b,
        })
        .cloned()
        .collect()
}

/// Backends that each side may choose from.
fn shares(old: Place<'_>, new: Place<'_>, witness: &Witness) -> [Vec<String>; 2] {
    [old, new].map(|place| {
        let all = answer(place, witness).shares;
        all.iter().map(|share| format!("{}:{}", share.backend.service, share.backend.port)).collect()
    })
}

/// What was counted over all pairs.
#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    different: AtomicU64,
    witnesses: AtomicU64,
    /// Witnesses of what a single request does not show: times, limits.
    unseen: AtomicU64,
    /// Witnesses from addresses that are not this machine's.
    elsewhere: AtomicU64,
    missed: Mutex<BTreeMap<String, (u64, String)>>,
    untrue: Mutex<Vec<String>>,
}

impl Counts {
    fn pair(&self, seed: u64, requests: u64) {
        let mut dice = Dice::new(seed);
        let folder = folder(&objects(&mut dice));
        let world = load(folder.path());
        let (old, new) = (ingress::compile(&world).table, gateway::compile(&world).table);
        let (old, new) = places(&old, &new);
        let (_, known, witnesses) = found(old, new);
        let mut served = Served::start(folder.path());
        for (witness, points) in &witnesses {
            self.witness(seed, &mut served, (old, new), witness, points);
        }
        for _ in 0..requests {
            let witness = request(&mut dice);
            self.request(seed, &mut served, (old, new), &witness, &known);
        }
        served.handle.end();
    }

    fn request(
        &self,
        seed: u64,
        served: &mut Served,
        (old, new): (Place<'_>, Place<'_>),
        witness: &Witness,
        known: &HashMap<Met, Kinds>,
    ) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let (a, b) = (served.ask(Side::Old, witness), served.ask(Side::New, witness));
        let all = differences(&a, &b, &shares(old, new, witness));
        if all.is_empty() {
            return;
        }
        self.different.fetch_add(1, Ordering::Relaxed);
        let met = key(old, new, witness);
        let kinds = known.get(&met).copied().unwrap_or_default();
        for (what, wanted) in all {
            if !wanted.iter().any(|kind| kinds.has(*kind)) {
                let example = format!("seed {seed}: {witness}: {what}\n   old {}\n   new {}", met.1, met.2);
                let word = what.split(' ').take(2).collect::<Vec<_>>().join(" ");
                self.missed.lock().unwrap().entry(word).or_insert((0, example)).0 += 1;
            }
        }
    }

    fn witness(
        &self,
        seed: u64,
        served: &mut Served,
        (old, new): (Place<'_>, Place<'_>),
        witness: &Witness,
        points: &[Point],
    ) {
        if !points.iter().any(|point| point.shown) {
            self.unseen.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let here = witness
            .client
            .is_none_or(|client| client.is_loopback() && std::net::TcpListener::bind((client, 0)).is_ok());
        if !here {
            self.elsewhere.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.witnesses.fetch_add(1, Ordering::Relaxed);
        let shares = shares(old, new, witness);
        let tries = if shares.iter().any(|all| all.len() > 1) { TRIES } else { 1 };
        let mut differs = (0..tries).any(|_| {
            let (a, b) = (served.ask(Side::Old, witness), served.ask(Side::New, witness));
            !differences(&a, &b, &shares).is_empty()
        });
        if !differs && points.iter().any(|point| point.kind == Kind::Share) {
            differs = measured(served, (old, new), witness);
        }
        if !differs {
            self.untrue.lock().unwrap().push(format!("seed {seed}: {witness}: {points:?}"));
        }
    }
}

/// Whether shares differ by half of what was predicted, or more.
fn measured(served: &mut Served, (old, new): (Place<'_>, Place<'_>), witness: &Witness) -> bool {
    let (a, b) = (answer(old, witness), answer(new, witness));
    let mut sum: HashMap<String, [f64; 2]> = HashMap::new();
    for samples in 1..=SAMPLES {
        for _ in 0..SAMPLE {
            for (at, side) in [Side::Old, Side::New].into_iter().enumerate() {
                if let Some(echo) = served.ask(side, witness).and_then(|answer| answer.echo) {
                    sum.entry(echo.service).or_default()[at] += 1.0;
                }
            }
        }
        let total = f64::from(samples * SAMPLE);
        let differs = a.shares.iter().any(|share| {
            let other = b.shares.iter().find(|one| one.backend == share.backend);
            let predicted = share.share - other.map_or(0.0, |one| one.share);
            let name = format!("{}:{}", share.backend.service, share.backend.port);
            let [old, new] = sum.get(&name).copied().unwrap_or_default();
            predicted.abs() > 0.000_5 && (old - new) / total / predicted > 0.5
        });
        if differs {
            return true;
        }
    }
    false
}

#[test]
fn what_differs_over_the_wire_was_found_and_every_witness_is_answered_differently() {
    let (pairs, requests, first) = (given("PAIRS", 4), given("REQUESTS", 300), given("SEED", 0));
    let (counts, next) = (Counts::default(), AtomicU64::new(first));
    std::thread::scope(|scope| {
        for _ in 0..given("THREADS", 1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + pairs {
                        return;
                    }
                    counts.pair(seed, requests);
                }
            });
        }
    });
    let Counts { requests, different, witnesses, unseen, elsewhere, missed, untrue } = counts;
    let (requests, different) = (requests.into_inner(), different.into_inner());
    let (missed, untrue) = (missed.into_inner().unwrap(), untrue.into_inner().unwrap());
    println!(
        "{pairs} pairs of worlds from seed {first}: {requests} requests over the wire to both sides, {different} differ; {} \
         witnesses asked ({} more show nothing at once, {} come from elsewhere)",
        witnesses.into_inner(),
        unseen.into_inner(),
        elsewhere.into_inner()
    );
    assert!(different > requests / 10, "chance meets too little: {different} of {requests}");
    assert!(missed.is_empty(), "missed: {missed:#?}");
    assert!(untrue.is_empty(), "not answered differently: {untrue:#?}");
}
