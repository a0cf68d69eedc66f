//! What is answered to a packet: a function of the zones, the packet, and a draw of lots. No socket, no clock.

use hickory_proto::{
    op::{Edns, Message, MessageType, OpCode, Query, ResponseCode},
    rr::{
        DNSClass, Name, RData, Record as Entry, RecordType,
        rdata::{A, AAAA, HINFO, NS, SOA},
    },
};

use super::{
    counts::{Totals, count},
    name::Asked,
    zones::{Found, Record, Zone, Zones},
};

/// Most bytes of an answer over UDP, so that no network cuts it in parts (DNS flag day 2020).
const UDP_MOST: u16 = 1232;
/// Most bytes over UDP for who does not say: RFC 1035 section 2.3.4.
const UDP_LEAST: u16 = 512;
/// Bytes of a header.
const HEAD: usize = 12;
/// Who answers for each zone, as NS and SOA have it. The name leads nowhere (RFC 2606): nobody shall look for it.
const SERVER: [&str; 3] = ["ns", "cutover", "invalid"];
/// Whom SOA names as responsible.
const MAILBOX: [&str; 3] = ["hostmaster", "cutover", "invalid"];

/// What a packet came over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Udp,
    Tcp,
}

/// What becomes of a packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Answer(Vec<u8>),
    /// To be asked elsewhere.
    Forward(Forward),
    /// Nothing may be answered: who answers answers would talk with itself.
    Silence,
}

/// A question that is not ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Forward {
    /// Bytes that an answer may have.
    pub(super) most: usize,
    /// What to say when nobody answers.
    pub(super) failed: Vec<u8>,
}

/// All that an answer depends on.
pub(super) struct Desk<'a> {
    pub(super) zones: &'a Zones,
    pub(super) totals: &'a Totals,
    /// Whether names of no zone are asked elsewhere.
    pub(super) forwards: bool,
}

impl Desk<'_> {
    /// Answers a packet. `draw` gives a number below 100, each as often as the others.
    pub(super) fn reply(&self, packet: &[u8], over: Over, draw: &mut dyn FnMut() -> u8) -> Reply {
        count(&self.totals.asked);
        let &[id0, id1, flags, ..] = packet else { return self.unreadable() };
        if packet.len() < HEAD || flags & 0x80 != 0 {
            return self.unreadable();
        }
        let id = u16::from_be_bytes([id0, id1]);
        let op_code = OpCode::from_u8((flags >> 3) & 0x0f);
        let bare = |code| {
            let mut message = Message::error_msg(id, op_code, code);
            message.metadata.recursion_desired = flags & 1 != 0;
            encode(&message)
        };
        match op_code {
            OpCode::Query => {}
            OpCode::Update => {
                count(&self.totals.refused);
                return bare(ResponseCode::Refused);
            }
            OpCode::Status | OpCode::Notify | OpCode::Unknown(_) => {
                count(&self.totals.refused);
                return bare(ResponseCode::NotImp);
            }
        }
        let Ok(request) = Message::from_vec(packet) else {
            count(&self.totals.malformed);
            return bare(ResponseCode::FormErr);
        };
        let [query] = request.queries.as_slice() else {
            count(&self.totals.malformed);
            return bare(ResponseCode::FormErr);
        };
        self.question(&request, query, over, draw)
    }

    fn question(&self, request: &Message, query: &Query, over: Over, draw: &mut dyn FnMut() -> u8) -> Reply {
        let mut message = answer_to(request, query);
        message.metadata.recursion_available = self.forwards;
        let most = match over {
            Over::Tcp => usize::from(u16::MAX),
            Over::Udp => usize::from(
                request.edns.as_ref().map_or(UDP_LEAST, |edns| edns.max_payload().clamp(UDP_LEAST, UDP_MOST)),
            ),
        };
        if request.edns.as_ref().is_some_and(|edns| edns.version() > 0) {
            message.metadata.response_code = ResponseCode::BADVERS;
            return encode(&message);
        }
        let transfer = matches!(query.query_type, RecordType::AXFR | RecordType::IXFR);
        if transfer || query.query_class != DNSClass::IN {
            return self.refuse(message);
        }
        match self.zones.find(&Asked::of(&query.name)) {
            Found::Here(record, zone) => self.here(&mut message, query, record, zone, draw),
            Found::Empty(zone) => self.of_zone(&mut message, query, zone),
            Found::Nothing(zone) => {
                count(&zone.counts.absent);
                message.metadata.response_code = ResponseCode::NXDomain;
                self.negative(&mut message, query, zone);
            }
            Found::Outside if self.forwards && request.metadata.recursion_desired => {
                message.metadata.response_code = ResponseCode::ServFail;
                return match encode(&message) {
                    Reply::Answer(failed) => Reply::Forward(Forward { most, failed }),
                    other => other,
                };
            }
            Found::Outside => return self.refuse(message),
        }
        message.metadata.authoritative = true;
        match encode(&message) {
            Reply::Answer(bytes) if bytes.len() > most => {
                count(&self.totals.truncated);
                encode(&message.truncate())
            }
            reply => reply,
        }
    }

    /// The name is there, with addresses.
    fn here(
        &self,
        message: &mut Message,
        query: &Query,
        record: &Record,
        zone: Zone<'_>,
        draw: &mut dyn FnMut() -> u8,
    ) {
        let percent = record.share.percent();
        let to_new = percent == 100 || (percent > 0 && draw() < percent);
        let (addresses, counter) =
            if to_new { (&record.new, &record.counts.new) } else { (&record.old, &record.counts.old) };
        let entry = |data| Entry::from_rdata(query.name.clone(), record.ttl, data);
        match query.query_type {
            RecordType::A => {
                message.answers = addresses.v4.iter().map(|ip| entry(RData::A(A(*ip)))).collect();
            }
            RecordType::AAAA => {
                message.answers = addresses.v6.iter().map(|ip| entry(RData::AAAA(AAAA(*ip)))).collect();
            }
            // RFC 8482 section 4.2: one record that says that ANY is not served.
            RecordType::ANY => {
                count(&record.counts.other);
                message.answers.push(entry(RData::HINFO(HINFO::new("RFC8482".into(), String::new()))));
                return;
            }
            _ => return self.of_zone(message, query, zone),
        }
        if message.answers.is_empty() {
            self.of_zone(message, query, zone);
        } else {
            count(counter);
        }
    }

    /// What every zone has at its apex; anything else is not there.
    fn of_zone(&self, message: &mut Message, query: &Query, zone: Zone<'_>) {
        let data = match query.query_type {
            RecordType::SOA if zone.at_apex => self.soa(zone),
            RecordType::NS if zone.at_apex => RData::NS(NS(name(SERVER))),
            _ => {
                count(&zone.counts.empty);
                return self.negative(message, query, zone);
            }
        };
        count(&zone.counts.other);
        message.answers.push(Entry::from_rdata(query.name.clone(), zone.ttl, data));
    }

    /// RFC 2308: the SOA says for how long it may be believed that there is nothing.
    fn negative(&self, message: &mut Message, query: &Query, zone: Zone<'_>) {
        let apex = query.name.trim_to(zone.labels);
        message.authorities.push(Entry::from_rdata(apex, zone.ttl, self.soa(zone)));
    }

    fn soa(&self, zone: Zone<'_>) -> RData {
        // Nobody transfers it: the three middle numbers are those that RIPE-203 recommends.
        let serial = self.zones.version() as u32;
        RData::SOA(SOA::new(name(SERVER), name(MAILBOX), serial, 86400, 7200, 3_600_000, zone.ttl))
    }

    fn refuse(&self, mut message: Message) -> Reply {
        count(&self.totals.refused);
        message.metadata.response_code = ResponseCode::Refused;
        encode(&message)
    }

    fn unreadable(&self) -> Reply {
        count(&self.totals.malformed);
        Reply::Silence
    }
}

/// An answer without records: the question as it came, letter for letter, and EDNS for who has it.
fn answer_to(request: &Message, query: &Query) -> Message {
    let mut message = Message::new(request.metadata.id, MessageType::Response, OpCode::Query);
    message.metadata.recursion_desired = request.metadata.recursion_desired;
    message.metadata.checking_disabled = request.metadata.checking_disabled;
    message.add_query(query.clone());
    if let Some(asked) = &request.edns {
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_MOST).set_dnssec_ok(asked.flags().dnssec_ok);
        message.set_edns(edns);
    }
    message
}

fn name(labels: [&str; 3]) -> Name {
    // Three short labels are a name.
    Name::from_labels(labels).unwrap_or_default()
}

fn encode(message: &Message) -> Reply {
    match message.to_vec() {
        Ok(bytes) => Reply::Answer(bytes),
        Err(error) => {
            tracing::warn!(%error, "an answer can not be written");
            Reply::Silence
        }
    }
}

#[cfg(test)]
mod tests;
