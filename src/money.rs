//! Amounts of money: whole minor units and an ISO 4217 code. No arithmetic across currencies, no floats.

use std::fmt;
use std::str::FromStr;

use crate::limits;

/// A currency: three capital letters of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The Turkish lira.
    pub const TRY: Self = Self(*b"TRY");

    /// The code, such as `TRY`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Capital letters always read; `XXX` is what ISO 4217 writes where there is no currency.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the decimal point (ISO 4217: 2 for most, none for yen and won, 3 for some dinars).
    #[must_use]
    pub fn decimals(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount in minor units of a currency: 5000 kuruş is `50.00 TRY`.
///
/// ```
/// use destek::money::Money;
/// let price: Money = "1250.5 TRY".parse()?;
/// assert_eq!(price.minor(), 125_050);
/// assert_eq!(price.to_string(), "1250.50 TRY");
/// assert!(price.exceeds("1250 TRY".parse()?) == Some(true));
/// assert!(price.exceeds("1 EUR".parse()?).is_none());
/// # Ok::<(), destek::money::ParseMoneyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount of minor units.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }
    /// The amount in minor units, such as kuruş or cent.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }
    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }
    /// Whether this is more than `other`; `None` between currencies, which cannot be compared here.
    #[must_use]
    pub fn exceeds(self, other: Self) -> Option<bool> {
        (self.currency == other.currency).then_some(self.minor > other.minor)
    }
}

/// A text that is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an amount of money; write it like `1250.50 TRY`")]
pub struct ParseMoneyError {
    text: String,
}

impl FromStr for Money {
    type Err = ParseMoneyError;

    fn from_str(text: &str) -> Result<Self, ParseMoneyError> {
        parse(text).ok_or_else(|| ParseMoneyError { text: limits::shorten(text, 64) })
    }
}

fn parse(text: &str) -> Option<Money> {
    let (amount, code) = text.trim().rsplit_once(' ')?;
    let code: [u8; 3] = code.as_bytes().try_into().ok()?;
    if !code.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let currency = Currency(code);
    let amount = amount.trim();
    let (negative, amount) = amount.strip_prefix('-').map_or((false, amount), |rest| (true, rest));
    let (whole, fraction) = amount.split_once('.').map_or((amount, ""), |(whole, fraction)| (whole, fraction));
    let decimals = currency.decimals();
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > decimals as usize {
        return None;
    }
    if amount.ends_with('.') {
        return None;
    }
    let scale = 10_i64.checked_pow(decimals)?;
    let padded = format!("{fraction:0<width$}", width = decimals as usize);
    let minor_part: i64 = if padded.is_empty() { 0 } else { padded.parse().ok()? };
    let minor = whole.parse::<i64>().ok()?.checked_mul(scale)?.checked_add(minor_part)?;
    Some(Money::new(if negative { -minor } else { minor }, currency))
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals();
        let scale = 10_u64.pow(decimals);
        let size = self.minor.unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        if decimals == 0 {
            write!(f, "{sign}{size} {}", self.currency.as_str())
        } else {
            let width = decimals as usize;
            write!(f, "{sign}{}.{:0width$} {}", size / scale, size % scale, self.currency.as_str())
        }
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

crate::written::stored_as_text!(Money);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_what_they_print() {
        for (text, minor, shown) in [
            ("5000 TRY", 500_000, "5000.00 TRY"),
            ("0.05 EUR", 5, "0.05 EUR"),
            ("-0.05 EUR", -5, "-0.05 EUR"),
            ("700 JPY", 700, "700 JPY"),
            ("1.234 KWD", 1_234, "1.234 KWD"),
        ] {
            let money: Money = text.parse().unwrap();
            assert_eq!((money.minor(), money.to_string().as_str()), (minor, shown));
            assert_eq!(shown.parse::<Money>().unwrap(), money);
        }
        for text in [
            "",
            "5000",
            "5000 try",
            "5.000,00 TRY",
            "1.234 TRY",
            "1. TRY",
            ".5 TRY",
            "1.5 JPY",
            "99999999999999999999 TRY",
        ] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }
}
