//! Compiled routing: one language for what Gateway API and Ingress controllers do with a request.
//!
//! A [`Table`] is a value. It is looked up ([`find`](fn@find)), executed by the proxy, asked by [`explain`], and compared.
//! Nothing here knows Kubernetes beyond names to show, and nothing does I/O.

pub mod compare;
mod conditions;
mod explain;
mod filter;
mod find;
#[cfg(test)]
mod fixture;
mod host;
mod path;
mod policy;
mod reading;
mod rule;
pub mod sent;
mod table;
mod template;
mod values;

pub use conditions::{Conditions, Field, FieldMatch, Test, Unmet, ValueMatch};
pub use explain::{
    Ask, BackendShare, Executed, Explanation, HostTried, Miss, NearMiss, Outcome, Precedence, Sent, explain,
    is_unknown, near_misses, way,
};
pub use filter::{Cors, HeaderEdits, Mirror, PathRewrite, Redirect, Rewrite};
pub use find::{Found, Request, find};
pub use host::{Host, HostPattern, InvalidAuthority, InvalidHost};
pub use path::{Expression, Groups, InvalidPattern, PathMatch, PathPattern, normalized};
pub use policy::{
    Access, Admission, Affinity, AnswerHeader, Balance, BasicAuth, ClientCertificate, CookieEdit, Early,
    ErrorPage, ErrorPages, ExternalAuth, Forwarded, How, Limit, LocationEdit, Names, Origins, Pages, Policy,
    Rate, Refusal, Return, Scheme, Shown, Size, Sources, Speech, Statuses, Steer, ToHttps, Users, Verify,
    verify_password,
};
pub use reading::{HeadBuffers, Reading};
pub use rule::{
    Action, Backend, BackendId, BackendProtocol, BackendTls, Duration, Pem, Retry, Rule, RuleId, Split,
    Timeouts, Why,
};
pub use sent::Edited;
pub use table::{
    Bucket, Candidate, HostMap, HostPolicy, Listener, ListenerId, Origin, PathPolicy, Port, PortKey,
    PortProtocol, Rank, Side, Table, VirtualHost,
};
pub use template::{Part, Template, Variable, Variables};
pub use values::{Arrival, Certificate, RequestValues};
