//! Where a webhook may go: nowhere inside, unless somebody allowed it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A block of addresses, like `10.0.0.0/8` or `fd00::/8`.
///
/// ```
/// use destek::notify::webhook::Net;
///
/// let office: Net = "fd12:3456::/32".parse()?;
/// assert!(office.contains("fd12:3456::7".parse()?) && !office.contains("fd13::7".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Net {
    first: IpAddr,
    bits: u32,
}

/// A text that is no block of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no block of addresses; write it like `192.0.2.0/24` or `2001:db8::/32`")]
pub struct ParseNetError {
    text: String,
}

impl Net {
    const fn v4(a: u8, b: u8, c: u8, bits: u32) -> Self {
        Self { first: IpAddr::V4(Ipv4Addr::new(a, b, c, 0)), bits }
    }

    const fn v6(a: u16, b: u16, bits: u32) -> Self {
        Self { first: IpAddr::V6(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0)), bits }
    }

    /// Whether an address lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (width, a, b) = match (self.first, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (32, a.to_bits().into(), b.to_bits().into()),
            (IpAddr::V6(a), IpAddr::V6(b)) => (128, a.to_bits(), b.to_bits()),
            _ => return false,
        };
        u128::checked_shr(a ^ b, width - self.bits).unwrap_or(0) == 0
    }
}

impl FromStr for Net {
    type Err = ParseNetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || ParseNetError { text: crate::limits::shorten(text, 64) };
        let (first, bits) = text.split_once('/').ok_or_else(fail)?;
        let (first, bits) = (first.parse::<IpAddr>().map_err(|_| fail())?, bits.parse::<u32>().map_err(|_| fail())?);
        if bits > if first.is_ipv4() { 32 } else { 128 } {
            return Err(fail());
        }
        Ok(Self { first, bits })
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

/// Blocks that are not the public internet (IANA's special-purpose address registries of IPv4 and IPv6), each with what it
/// is.
const INSIDE: [(Net, &str); 26] = [
    (Net::v4(0, 0, 0, 8), "this host"),
    (Net::v4(10, 0, 0, 8), "private"),
    (Net::v4(100, 64, 0, 10), "shared by a carrier"),
    (Net::v4(127, 0, 0, 8), "loop-back"),
    (Net::v4(169, 254, 0, 16), "link-local, where clouds keep their metadata"),
    (Net { first: IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)), bits: 32 }, "where a cloud speaks to its machines"),
    (Net::v4(172, 16, 0, 12), "private"),
    (Net::v4(192, 0, 0, 24), "reserved for protocols"),
    (Net::v4(192, 0, 2, 24), "for documentation"),
    (Net::v4(192, 88, 99, 24), "a retired relay"),
    (Net::v4(192, 168, 0, 16), "private"),
    (Net::v4(198, 18, 0, 15), "for benchmarks"),
    (Net::v4(198, 51, 100, 24), "for documentation"),
    (Net::v4(203, 0, 113, 24), "for documentation"),
    (Net::v4(224, 0, 0, 4), "multicast"),
    (Net::v4(240, 0, 0, 4), "reserved"),
    (Net::v6(0, 0, 8), "this host"),
    (Net::v6(0x0100, 0, 16), "for discarding"),
    (Net::v6(0x2001, 0, 23), "reserved for protocols"),
    (Net::v6(0x2001, 0x0db8, 32), "for documentation"),
    (Net::v6(0x3fff, 0, 20), "for documentation"),
    (Net::v6(0x5f00, 0, 16), "for segment routing"),
    (Net::v6(0xfc00, 0, 7), "private"),
    (Net::v6(0xfe80, 0, 10), "link-local"),
    (Net::v6(0xfec0, 0, 10), "private"),
    (Net::v6(0xff00, 0, 8), "multicast"),
];

/// All IPv6 addresses of the public internet so far.
const GLOBAL_UNICAST: Net = Net::v6(0x2000, 0, 3);

/// Why a target is refused. It names neither path nor query of a URL, as these may hold a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The scheme is not allowed.
    #[error("`{0}` is not allowed as a scheme; use https, or allow plain http in the target policy")]
    Scheme(String),
    /// The address is not on the public internet and not allowed.
    #[error("`{host}` leads to {address}, which is {what}; allow its block in the target policy if it is meant")]
    Inside {
        /// The host as it is written in the URL.
        host: String,
        /// The address to which it leads.
        address: IpAddr,
        /// What the block of the address is.
        what: &'static str,
    },
}

/// Where webhooks may go. By default to the public internet over https; never to loop-back, private, link-local and other
/// special addresses, among them those at which clouds keep their metadata, also where such an IPv4 address is wrapped into
/// an IPv6 one.
///
/// ```
/// use destek::notify::webhook::TargetPolicy;
///
/// let strict = TargetPolicy::default();
/// assert!(strict.check_address("erp", "10.1.2.3".parse()?).is_err());
/// assert!(strict.check_address("erp", "::ffff:169.254.169.254".parse()?).is_err(), "wrapped is the same");
/// let office = strict.allow("10.1.0.0/16".parse()?);
/// assert!(office.check_address("erp", "10.1.2.3".parse()?).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct TargetPolicy {
    plain_http: bool,
    elsewhere: bool,
    allowed: Vec<Net>,
}

impl TargetPolicy {
    /// With a block of addresses that is meant although it is inside.
    #[must_use]
    pub fn allow(mut self, net: Net) -> Self {
        self.allowed.push(net);
        self
    }

    /// Also over http without TLS, which anybody on the way can read.
    #[must_use]
    pub const fn plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Also to another host where a receiver redirects there, with the signed text. By default a redirect stays on the host
    /// that was named.
    #[must_use]
    pub const fn follow_elsewhere(mut self) -> Self {
        self.elsewhere = true;
        self
    }

    pub(super) const fn follows_elsewhere(&self) -> bool {
        self.elsewhere
    }

    /// Whether a scheme may be used.
    ///
    /// # Errors
    /// [`Refusal::Scheme`] for all but https, and http where it is allowed.
    pub fn check_scheme(&self, scheme: &str) -> Result<(), Refusal> {
        match scheme {
            "https" => Ok(()),
            "http" if self.plain_http => Ok(()),
            _ => Err(Refusal::Scheme(crate::limits::shorten(scheme, 16))),
        }
    }

    /// Whether an address may be connected to, which `host` has led to.
    ///
    /// # Errors
    /// [`Refusal::Inside`] for an address that is not on the public internet and in no allowed block.
    pub fn check_address(&self, host: &str, address: IpAddr) -> Result<(), Refusal> {
        let meant = wrapped(address).unwrap_or(address);
        if self.allowed.iter().any(|net| net.contains(address) || net.contains(meant)) {
            return Ok(());
        }
        let what = match INSIDE.iter().find(|(net, _)| net.contains(meant)) {
            Some((_, what)) => what,
            None if meant.is_ipv4() || GLOBAL_UNICAST.contains(meant) => return Ok(()),
            None => "not assigned",
        };
        Err(Refusal::Inside { host: crate::limits::shorten(host, 64), address, what })
    }
}

/// The IPv4 address to which an IPv6 one leads: mapped, translated (RFC 6052) or over a 6to4 relay (RFC 3056). Other
/// wrappings (compatible, Teredo, RFC 8215) lie in blocks that are refused whole.
fn wrapped(address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(v6) = address else { return None };
    let bits = v6.to_bits();
    let v4 = if (bits >> 32 == 0xffff) || (bits >> 32 == 0x0064_ff9b_u128 << 64) {
        bits
    } else if bits >> 112 == 0x2002 {
        bits >> 80
    } else {
        return None;
    };
    let low = u32::try_from(v4 & u128::from(u32::MAX)).ok()?;
    Some(IpAddr::V4(Ipv4Addr::from_bits(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the strict policy refuses an address.
    fn refused(address: &str) -> bool {
        TargetPolicy::default().check_address("host", address.parse().unwrap()).is_err()
    }

    #[test]
    fn nothing_inside_is_reached_in_any_spelling() {
        for inside in [
            "0.0.0.0",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "168.63.129.16",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::1",
            "2001::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "2001:db8::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
            "0:0:0:0:0:ffff:c0a8:1",
        ] {
            assert!(refused(inside), "{inside} is inside");
        }
    }

    #[test]
    fn the_neighbours_of_what_is_inside_are_reached() {
        for outside in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:200::1",
        ] {
            assert!(!refused(outside), "{outside} is outside");
        }
    }

    #[test]
    fn what_is_allowed_is_reached_also_when_wrapped() {
        let policy = TargetPolicy::default().allow("127.0.0.1/32".parse().unwrap());
        for address in ["127.0.0.1", "::ffff:127.0.0.1"] {
            assert!(policy.check_address("host", address.parse().unwrap()).is_ok(), "{address}");
        }
        assert!(policy.check_address("host", "127.0.0.2".parse().unwrap()).is_err());
        assert!(policy.check_scheme("http").is_err() && policy.plain_http().check_scheme("http").is_ok());
    }

    #[test]
    fn a_block_has_its_width() {
        let all: Net = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("255.1.2.3".parse().unwrap()) && !all.contains("::1".parse().unwrap()));
        assert!("::/0".parse::<Net>().unwrap().contains("ff::".parse().unwrap()));
        for wrong in ["10.0.0.0", "10.0.0.0/33", "::/129", "a/8", "10.0.0.0/x", ""] {
            assert!(wrong.parse::<Net>().is_err(), "{wrong}");
        }
    }
}
