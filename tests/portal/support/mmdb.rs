//! A file in the MaxMind DB format 2.0 with one network in it.

/// The control byte of a type below 8 with a size below 29.
fn control(kind: u8, size: usize) -> u8 {
    (kind << 5) | u8::try_from(size).ok().filter(|size| *size < 29).unwrap()
}

fn text(text: &str) -> Vec<u8> {
    [&[control(2, text.len())], text.as_bytes()].concat()
}

fn map(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![control(7, pairs.len())];
    for (key, value) in pairs {
        bytes.extend(text(key));
        bytes.extend(value);
    }
    bytes
}

fn number(kind: u8, number: u8) -> Vec<u8> {
    vec![control(kind, 1), number]
}

/// The file: the 256 addresses that begin so are in this town and country; either may be absent.
pub fn file(network: [u8; 3], town: Option<&str>, country: Option<&str>) -> Vec<u8> {
    const BITS: u8 = 24;
    let named = |name: &str| map(&[("names", map(&[("de", text("…")), ("en", text(name))]))]);
    let parts = [("city", town), ("country", country)];
    let parts = parts
        .iter()
        .filter_map(|(key, name)| Some((*key, named((*name)?))));
    let parts: Vec<(&str, Vec<u8>)> = parts.collect();
    let mut tree = Vec::new();
    for bit in 0..BITS {
        let on = (network[usize::from(bit / 8)] >> (7 - bit % 8)) & 1 == 1;
        // A record is the next node, "nothing here" (the number of nodes), or what lies 16 bytes behind the tree.
        let way = if bit + 1 < BITS { bit + 1 } else { BITS + 16 };
        let (left, right) = if on { (BITS, way) } else { (way, BITS) };
        tree.extend([0, 0, left, 0, 0, right]);
    }
    let about = map(&[
        ("binary_format_major_version", number(5, 2)),
        ("binary_format_minor_version", number(5, 0)),
        // A number of 64 bits (9) and a list (11) are told by a byte of their own, less 7.
        ("build_epoch", vec![1, 2, 1]),
        ("database_type", text("Test-City")),
        ("description", map(&[("en", text("A test"))])),
        ("ip_version", number(5, 4)),
        ("languages", [vec![1, 4], text("en")].concat()),
        ("node_count", number(6, BITS)),
        ("record_size", number(5, 24)),
    ]);
    let marker = b"\xab\xcd\xefMaxMind.com".to_vec();
    [tree, vec![0; 16], map(&parts), marker, about].concat()
}
