//! The proxy that AWS is asked through: what `HTTPS_PROXY`, else `ALL_PROXY` names, but for the
//! hosts of `NO_PROXY`.
//!
//! Loopback and metadata are never asked through it, and nor is anything over plain http: those are
//! stand-ins and instances' own addresses, which a proxy does not know, or should not see.

use std::ffi::OsStr;

use aws_smithy_http_client::proxy::ProxyConfig;

use super::forms::refused;
use crate::env::Env;
use crate::store::StoreError;

/// Metadata of instances, ECS tasks and EKS pods, which AWS serves over plain http.
pub(super) const METADATA_HOSTS: [&str; 5] =
    ["169.254.169.254", "169.254.170.2", "169.254.170.23", "[fd00:ec2::254]", "[fd00:ec2::23]"];

/// In the order in which they are asked. Programs differ on which case goes first; where both are
/// set they mostly agree.
const HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const NONE_FOR: [&str; 2] = ["NO_PROXY", "no_proxy"];
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.0/8", "::1"];

/// A proxy, and the variable that names it: its address may hold a password, and is not for
/// messages.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    pub(super) config: ProxyConfig,
    pub(super) variable: &'static str,
}

/// The variable that names a proxy, if one does, right or wrong.
pub(super) fn named_by(env: &Env) -> Option<&'static str> {
    HTTPS.into_iter().find(|name| env.process(name).is_some_and(|value| !value.is_empty()))
}

/// The proxy that the process's environment names. An env file may not: it would see every request.
pub(super) fn proxy(env: &Env) -> Result<Option<Proxy>, StoreError> {
    let own = |name: &str| env.process(name).filter(|value| !value.is_empty());
    let Some(variable) = named_by(env) else { return Ok(None) };
    let no_proxy = || {
        refused(format!(
            "{variable} is not the address of a proxy, as in http://proxy.example:3128"
        ))
    };
    let text = own(variable).and_then(OsStr::to_str).ok_or_else(no_proxy)?;
    // As everywhere, an address alone is one of a proxy that is spoken to in plain http.
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let config = ProxyConfig::https(url.as_str()).map_err(|_| no_proxy())?;
    let without =
        NONE_FOR.into_iter().find_map(own).map(|value| value.to_string_lossy().into_owned());
    // The library takes it for a name, which an address is not.
    if without.as_deref().is_some_and(|rules| rules.split(',').any(|rule| rule.trim() == "*")) {
        return Ok(None);
    }
    let metadata = METADATA_HOSTS.map(|host| host.trim_matches(['[', ']']));
    let without: Vec<&str> =
        without.as_deref().into_iter().chain(LOOPBACK).chain(metadata).collect();
    Ok(Some(Proxy { config: config.no_proxy(without.join(",")), variable }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named_by(variables: &[(&str, &str)]) -> Result<Option<&'static str>, String> {
        let proxy = proxy(&Env::new(variables.iter().copied()));
        proxy.map(|proxy| proxy.map(|proxy| proxy.variable)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_first_variable_that_is_set_names_the_proxy() {
        assert_eq!(named_by(&[]), Ok(None));
        assert_eq!(named_by(&[("HTTPS_PROXY", ""), ("HTTP_PROXY", "http://p:1")]), Ok(None));
        assert_eq!(named_by(&[("ALL_PROXY", "http://p:1")]), Ok(Some("ALL_PROXY")));
        assert_eq!(
            named_by(&[("ALL_PROXY", "http://p:1"), ("https_proxy", "q:3128")]),
            Ok(Some("https_proxy"))
        );
        assert_eq!(named_by(&[("HTTPS_PROXY", "https://user:pw@p:1")]), Ok(Some("HTTPS_PROXY")));
        assert_eq!(named_by(&[("HTTPS_PROXY", "http://p:1"), ("no_proxy", "a, *")]), Ok(None));
        assert_eq!(
            named_by(&[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "*.example.com")]),
            Ok(Some("HTTPS_PROXY"))
        );
    }

    #[test]
    fn what_is_no_proxy_is_refused_and_not_repeated() {
        for wrong in ["socks5://u:canary@p:1", "http://", "http://canary p", "ftp://canary"] {
            let error = named_by(&[("HTTPS_PROXY", wrong)]).unwrap_err();
            assert_eq!(
                error,
                "HTTPS_PROXY is not the address of a proxy, as in http://proxy.example:3128"
            );
        }
    }
}
