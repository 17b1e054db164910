//! Which weights a model has.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// The SHA-256 of the file that holds a model's weights, as `sha256sum` prints it. Unlike [`ModelId`](super::ModelId) it leaves out
/// how the tokenizer's and the config's files are written.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct WeightsId([u8; 32]);

impl WeightsId {
    /// Of a file's bytes.
    pub fn of(file: &[u8]) -> Self {
        Self(Sha256::digest(file).into())
    }
}

impl fmt::Display for WeightsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for WeightsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WeightsId({self})")
    }
}

/// What is no SHA-256 in hexadecimal digits.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no SHA-256: 64 hexadecimal digits, as sha256sum prints them")]
pub struct NoWeightsId;

impl FromStr for WeightsId {
    type Err = NoWeightsId;

    fn from_str(text: &str) -> Result<Self, NoWeightsId> {
        let digits = text.as_bytes().as_chunks::<2>();
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let byte = |[high, low]: &[u8; 2]| Some(value(*high)? << 4 | value(*low)?);
        let bytes: Option<Vec<u8>> = digits.0.iter().map(byte).collect();
        let bytes = bytes.filter(|_| digits.1.is_empty()).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(NoWeightsId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_sha256sum_writes_it_and_read_again() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(WeightsId::of(b"abc").to_string(), abc);
        assert_eq!(abc.parse(), Ok(WeightsId::of(b"abc")));
        for wrong in ["", "ba78", &abc[1..], &format!("{abc}0"), &format!("{abc}00"), &abc.replace('b', "g"), &"é".repeat(32)] {
            assert_eq!(wrong.parse::<WeightsId>(), Err(NoWeightsId), "{wrong}");
        }
    }
}
