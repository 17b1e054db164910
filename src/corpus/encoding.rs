//! Bytes → text that readers should see, with the line numbers of the source file kept.
//!
//! Posts pass through many editors; some come back double-encoded (`donâ€™t`: UTF-8 bytes once read as Windows-1252 and
//! written out as UTF-8 again), also in files that hold sound text beside it. Repair works on the shortest run that
//! decodes, so that sound neighbours stay as they are.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// A repaired text and what had to be repaired.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The text: valid UTF-8, `\n` line ends, no byte order mark.
    pub text: String,
    /// Lines (from 1) that held bytes which are not UTF-8; those bytes were read as Windows-1252.
    pub invalid_lines: Vec<usize>,
    /// Whether the file is in UTF-16.
    pub utf_16: bool,
    /// Lines (from 1) that held double-encoded characters, now repaired.
    pub mojibake_lines: Vec<usize>,
    /// Lines (from 1) that held control characters, which no reader should see or terminal obey; now dropped.
    pub control_lines: Vec<usize>,
}

/// Decodes a file. Never fails, never adds or removes a line.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let utf_16 = Encoding::for_bom(bytes).is_some_and(|(encoding, _)| encoding != UTF_8);
    let bytes = &*with_known_lines(bytes);
    let mut decoded = Decoded { utf_16, ..Decoded::default() };
    for (index, raw) in bytes.split(|&b| b == b'\n').enumerate() {
        if index > 0 {
            decoded.text.push('\n');
        }
        let line = decode_line(raw.strip_suffix(b"\r").unwrap_or(raw), index + 1, &mut decoded.invalid_lines);
        let repaired = repair(&line);
        if repaired != line {
            decoded.mojibake_lines.push(index + 1);
        }
        if repaired.contains(is_forbidden) {
            decoded.control_lines.push(index + 1);
        }
        decoded.text.push_str(&visible(&repaired));
    }
    decoded
}

/// A file's bytes without their mark, UTF-16 as UTF-8; and where all lines end as those of old Macs do, with `\n` at their ends.
fn with_known_lines(bytes: &[u8]) -> Cow<'_, [u8]> {
    let text = match Encoding::for_bom(bytes) {
        None => Cow::Borrowed(bytes),
        Some((encoding, length)) if encoding == UTF_8 => Cow::Borrowed(&bytes[length..]),
        Some((utf_16, _)) => Cow::Owned(utf_16.decode(bytes).0.into_owned().into_bytes()),
    };
    if text.contains(&b'\n') || !text.contains(&b'\r') {
        return text;
    }
    Cow::Owned(text.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect())
}

/// `text` without control characters but for line ends and tabs.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if text.contains(is_forbidden) { Cow::Owned(text.replace(is_forbidden, "")) } else { Cow::Borrowed(text) }
}

fn is_forbidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

fn decode_line(raw: &[u8], number: usize, invalid: &mut Vec<usize>) -> String {
    let mut line = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        line.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            line.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
            if invalid.last() != Some(&number) {
                invalid.push(number);
            }
        }
    }
    line
}

/// Undoes double encoding wherever a run of characters, taken as Windows-1252 bytes, is one UTF-8 character.
fn repair(line: &str) -> String {
    if line.is_ascii() {
        return line.to_owned();
    }
    let mut text = line.to_owned();
    // Text that went through the wrong decoder three times needs the second pass.
    for _ in 0..2 {
        text = repair_once(&text);
    }
    text
}

fn repair_once(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        match double_encoded(&chars[at..]) {
            Some((sound, length)) => {
                out.push(sound);
                at += length;
            }
            None => {
                out.push(chars[at]);
                at += 1;
            }
        }
    }
    out
}

/// The character that the first characters of `chars` stand for, and how many they are.
fn double_encoded(chars: &[char]) -> Option<(char, usize)> {
    let lead = windows_1252_byte(chars[0])?;
    let length = match lead {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    // A space that does not break became a plain one: it stands for itself between two characters of the same lead.
    if length == 2 && chars.get(1) == Some(&' ') && chars.get(2) == chars.first() && chars.get(3) != Some(&' ') {
        double_encoded(&chars[2..])?;
        let sound = std::str::from_utf8(&[lead, 0xA0]).ok()?.chars().next()?;
        return Some((sound, length));
    }
    let bytes: Vec<u8> = chars.get(..length)?.iter().map_while(|&c| windows_1252_byte(c)).collect();
    let sound = std::str::from_utf8(&bytes).ok()?.chars().next()?;
    (bytes.len() == length && !sound.is_control()).then_some((sound, length))
}

/// The byte that a wrong decoder read as `c`; the five bytes that Windows-1252 leaves undefined pass as C1 controls.
fn windows_1252_byte(c: char) -> Option<u8> {
    if c.is_ascii() {
        return None;
    }
    let mut buffer = [0; 4];
    match WINDOWS_1252.encode(c.encode_utf8(&mut buffer)) {
        (bytes, _, false) if bytes.len() == 1 => Some(bytes[0]),
        _ => u8::try_from(u32::from(c)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        decode(bytes).text
    }

    #[test]
    fn files_of_other_systems_are_read() {
        let utf_16 = |order: fn(u16) -> [u8; 2]| "\u{feff}é\r\nb".encode_utf16().flat_map(order).collect::<Vec<u8>>();
        for bytes in [utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes), "é\rb".into(), "\u{feff}é\nb".into()] {
            let utf_16 = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
            assert_eq!(decode(&bytes), Decoded { text: "é\nb".to_owned(), utf_16, ..Decoded::default() });
        }
        assert_eq!(decode(b"a\rb\n").control_lines, [1]);
    }

    #[test]
    fn repairs_double_encoding_beside_sound_text() {
        assert_eq!(text("donâ€™t, don’t, naïve, Ildikó, Ã©".as_bytes()), "don’t, don’t, naïve, Ildikó, é");
        assert_eq!(text("â€œquotedâ€\u{9d} â€“ ok".as_bytes()), "“quoted” – ok");
        assert_eq!(text("`Ù Ù¡Ù¢`".as_bytes()), "`٠١٢`");
        assert_eq!(decode("a\nitâ€™s".as_bytes()).mojibake_lines, [2]);
    }

    #[test]
    fn keeps_sound_text_as_it_is() {
        for sound in ["SÃO PAULO", "À la carte, 20 °C, ±5 µs, £10", "日本語 🙂", "Â", "â€"] {
            assert_eq!(text(sound.as_bytes()), sound);
        }
    }

    #[test]
    fn keeps_lines_through_bom_crlf_and_stray_bytes() {
        let decoded = decode(b"\xEF\xBB\xBFone\r\ntwo \x93x\x94\r\n\r\nfour");
        assert_eq!(decoded.text, "one\ntwo “x”\n\nfour");
        assert_eq!(decoded.invalid_lines, [2]);
    }

    #[test]
    fn drops_control_characters_and_says_where() {
        let decoded = decode("a\n\u{1b}[31mred\u{0}\tb\u{85}".as_bytes());
        assert_eq!((decoded.text.as_str(), decoded.control_lines), ("a\n[31mred\tb", vec![2]));
    }
}
