//! What a `webhook` handler is made of.

use std::collections::BTreeMap;
use std::fmt;

use hyper::header::{HeaderName, HeaderValue};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error as _};
use url::{Host, Url};

use super::address::is_public;

/// Headers that say how the request is made or what it is: ours to set.
const OURS: [&str; 8] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "te",
    "upgrade",
    "expect",
    "idempotency-key",
];
/// What our own headers begin with.
const PREFIX: &str = "x-tidings-";

/// Where events are posted to, and with what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of the service.
    pub url: Target,
    /// The variable of the worker's environment that holds the secret to sign with.
    #[serde(default)]
    pub secret_env: Option<String>,
    /// Further headers of each request.
    #[serde(default, deserialize_with = "headers")]
    pub headers: BTreeMap<String, SecretString>,
    /// Allow addresses of private networks and of this machine, and `http://` to them.
    #[serde(default)]
    pub allow_private: bool,
}

impl Settings {
    /// The keys that these are read from.
    pub const KEYS: [&str; 4] = ["url", "secret_env", "headers", "allow_private"];

    /// What is wrong with the url under these settings, and what to do about it.
    pub fn objection(&self) -> Option<(String, &'static str)> {
        if self.allow_private {
            return None;
        }
        if !self.url.is_encrypted() {
            let what = "without TLS events would travel unencrypted".to_owned();
            return Some((
                what,
                "Write https://, or set allow_private = true for a service in your own network.",
            ));
        }
        let address = match self.url.0.host()? {
            Host::Ipv4(address) => address.into(),
            Host::Ipv6(address) => address.into(),
            Host::Domain(_) => return None,
        };
        (!is_public(address)).then(|| {
            let what = format!("{address} is an address of a private network or of this machine");
            (what, "Name a public service, or set allow_private = true.")
        })
    }
}

/// The address of a service. Its path may be a secret, so it is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Target(Url);

impl Target {
    /// Reads a url.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("this is no url: {error}"))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err("events are posted to https:// urls".to_owned());
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err("the url names no host".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a url with user and password ends up in logs: put them into headers".to_owned());
        }
        Ok(Self(url))
    }

    /// Whether it is `https://`.
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Scheme, host and port, with the rest as `***` where there is any: `https://hooks.example.com/***`.
    pub fn shown(&self) -> String {
        let origin = self.0.origin().ascii_serialization();
        let whole = self.0.path() == "/" && self.0.query().is_none();
        if whole { format!("{origin}/") } else { format!("{origin}/***") }
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, SecretString>, D::Error> {
    let given = BTreeMap::<String, String>::deserialize(deserializer)?;
    for (name, value) in &given {
        let known = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| D::Error::custom(format!("'{name}' cannot be the name of a header")))?;
        if OURS.contains(&known.as_str()) || known.as_str().starts_with(PREFIX) {
            return Err(D::Error::custom(format!("the header {name} is set by Tidings itself")));
        }
        if HeaderValue::from_str(value).is_err() {
            return Err(D::Error::custom(format!("the header {name} holds a character that no header can")));
        }
    }
    Ok(given.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str, allow_private: bool) -> Settings {
        Settings {
            url: Target::parse(url).unwrap(),
            secret_env: None,
            headers: BTreeMap::new(),
            allow_private,
        }
    }

    #[test]
    fn paths_are_not_shown() {
        for (url, shown) in [
            ("https://hooks.example.com/services/T0/s3cret", "https://hooks.example.com/***"),
            ("https://h:8443/?token=s3cret", "https://h:8443/***"),
            ("https://h", "https://h/"),
        ] {
            let target = Target::parse(url).unwrap();
            assert_eq!(format!("{} {target:?}", target.shown()), format!("{shown} {shown}"));
        }
        for bad in ["ftp://h", "h", "https://", "https://u:s3cret@h/", "redis://h"] {
            let error = Target::parse(bad).unwrap_err();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn private_and_unencrypted_needs_permission() {
        for (url, objected) in [
            ("https://example.com/", false),
            ("https://8.8.8.8/", false),
            ("https://10.0.0.1/", true),
            ("https://[::1]/", true),
            ("https://2130706433/", true),
            ("http://example.com/", true),
        ] {
            assert_eq!(settings(url, false).objection().is_some(), objected, "{url}");
            assert_eq!(settings(url, true).objection(), None, "{url}");
        }
    }
}
