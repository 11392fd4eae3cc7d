//! The signature of a request: the service can tell that it comes from us, and when it was made.

use std::fmt::Write as _;

use ring::hmac;

/// HMAC-SHA256 over `AT.BODY` in hexadecimal digits.
pub(super) fn sign(secret: &[u8], at: i64, body: &[u8]) -> String {
    let mut signing = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
    signing.update(at.to_string().as_bytes());
    signing.update(b".");
    signing.update(body);
    signing.sign().as_ref().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a text cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_others_compute() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec
        let expected = "8ad37ba156048ae0e0a5533c75cdf26fee88b07f93cb57ee4c80adb053012032";
        assert_eq!(sign(b"whsec", 1_700_000_000, br#"{"a":1}"#), expected);
    }
}
