//! An answer as it is compared: plain values, whoever brought it.

use crate::rehearsal::Answered;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers as received.
    pub headers: Vec<(String, String)>,
    /// Whether it could have no body: HEAD, 204, 304.
    pub bodiless: bool,
    /// The request as a stand-in saw it.
    pub seen: Option<Seen>,
    /// Who answered, as the gateway says.
    pub by: Option<By>,
}

/// Who answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The gateway itself, and why.
    Gateway(Option<String>),
    /// The backend that was chosen: namespace, name, port.
    Backend(String, String, u16),
}

/// A request as a stand-in saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Namespace, name and port of the Service that it stands for.
    pub service: (String, String, u16),
    /// Path and query.
    pub target: String,
    /// `Host`
    pub host: String,
    /// Values by name.
    pub headers: Vec<(String, Vec<String>)>,
}

impl Answer {
    /// Of what came back through the gateway, to a request of this method.
    pub fn of(method: &str, answered: &Answered) -> Self {
        let seen = answered.stand_in.as_ref().map(|echo| Seen {
            service: (echo.service.0.clone(), echo.service.1.clone(), echo.port),
            target: match &echo.query {
                Some(query) => format!("{}?{query}", echo.path),
                None => echo.path.clone(),
            },
            host: echo.host.clone(),
            headers: echo.headers.clone(),
        });
        let by = answered.record.as_ref().map(|record| match &record.backend {
            Some(backend) if !record.by_proxy => {
                let service = &backend.service;
                By::Backend(service.namespace.to_string(), service.name.to_string(), backend.port)
            }
            Some(_) | None => By::Gateway(record.problem.as_ref().map(ToString::to_string)),
        });
        Self {
            status: answered.status,
            headers: answered.headers.clone(),
            bodiless: method == "HEAD" || matches!(answered.status, 204 | 304),
            seen,
            by,
        }
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).first().copied()
    }

    /// All values of a header.
    pub fn headers<'a>(&'a self, name: &str) -> Vec<&'a str> {
        let named = |(given, _): &&(String, String)| given.eq_ignore_ascii_case(name);
        self.headers.iter().filter(named).map(|(_, value)| value.as_str()).collect()
    }

    /// The backend that got the request: what a stand-in says goes before what the gateway says.
    pub fn backend(&self) -> Option<(&str, &str, u16)> {
        match (&self.seen, &self.by) {
            (Some(seen), _) => Some((&seen.service.0, &seen.service.1, seen.service.2)),
            (None, Some(By::Backend(namespace, name, port))) => Some((namespace, name, *port)),
            (None, Some(By::Gateway(_)) | None) => None,
        }
    }

    /// Who answered, in words.
    pub fn who(&self) -> Option<String> {
        match (self.backend(), &self.by) {
            (Some((namespace, name, port)), _) => Some(format!("{namespace}/{name}:{port}")),
            (None, Some(_)) => Some("the gateway".to_owned()),
            (None, None) => None,
        }
    }
}

impl Seen {
    /// All values of a header.
    pub fn headers<'a>(&'a self, name: &str) -> Vec<&'a str> {
        let named = self.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        named.flat_map(|(_, values)| values).map(String::as_str).collect()
    }
}
