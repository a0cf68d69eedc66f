//! Mirrors.

use crate::dialect::ingress::annotation::{
    Effect, Mirror, MirrorTarget,
    reader::{Fault, Reader},
    units,
};

/// `mirror-*`.
pub(in super::super) fn mirror(r: &mut Reader<'_>) -> Option<Mirror> {
    let body = r.text("mirror-request-body");
    let body = r.or_ignored("mirror-request-body", body, "`on` is taken").is_none_or(|word| word != "off");
    let url = match r.text("mirror-target") {
        Ok(url) => url,
        Err(Fault::Missing) => return None,
        Err(Fault::Unusable) => {
            r.or_ignored::<()>("mirror-target", Err(Fault::Unusable), "nothing is mirrored");
            return None;
        }
        Err(Fault::Refused) => {
            let message = format!(
                "{}; copies go to the site's own back end, at a path of the controller's",
                r.complaint("mirror-target")
            );
            r.tell("mirror-target", Effect::Ignored, message);
            return Some(Mirror { target: MirrorTarget::Own, body });
        }
    };
    let host = r.text("mirror-host");
    let host = r.or_ignored("mirror-host", host, "the host of `mirror-target` is taken").or_else(|| {
        let fixed = url.split('$').next().unwrap_or_default();
        units::whole_url(fixed).ok().map(|parts| parts.hostname().to_owned()).filter(|host| !host.is_empty())
    });
    let Some(host) = host else {
        let message = format!(
            "`{url}` has no host; copies go to the site's own back end, at a path of the controller's"
        );
        r.tell("mirror-target", Effect::Ignored, message);
        return Some(Mirror { target: MirrorTarget::Own, body });
    };
    Some(Mirror { target: MirrorTarget::Url { url, host }, body })
}
