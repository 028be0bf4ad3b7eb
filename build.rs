//! Turns `static/` into a table that is compiled into the binary: each file under a name that carries the hash of
//! its bytes (so that browsers may keep it for ever), and, in release builds, a brotli copy beside it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use sha2::{Digest, Sha256};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    for folder in ["static", "migrations", "templates"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    pack_relocations();
    fold_code();
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("static");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let compress = env::var("PROFILE")? == "release";
    let code = assets(&root, &out, compress)?;
    fs::write(out.join("assets.rs"), code)?;
    Ok(())
}

/// The addresses to be filled in at the start take a tenth of the program's size written out, and next to nothing as
/// ranges (DT_RELR). Only where this very machine's C library reads them (glibc since 2.36): elsewhere the linker is
/// left alone.
fn pack_relocations() {
    let same = env::var("HOST").ok() == env::var("TARGET").ok();
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let said = said.map_or_else(
        |_| String::new(),
        |out| String::from_utf8_lossy(&out.stdout).into_owned(),
    );
    let version = said
        .trim()
        .strip_prefix("glibc ")
        .and_then(|version| version.split_once('.'));
    let reads = version.is_some_and(|(major, minor)| {
        let number = |text: &str| text.parse::<u32>().unwrap_or_default();
        (number(major), number(minor)) >= (2, 36)
    });
    if same && reads {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Functions made of the same source for several types often come out the same, byte for byte: the linker keeps one of
/// them. Only where the compiler brings a linker that can (its own lld, the default on this target since 1.90; a
/// distribution's compiler may come without), and nobody has said anything else about linking. Nothing here compares
/// addresses of functions.
fn fold_code() {
    let target = "x86_64-unknown-linux-gnu";
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|own| own == value);
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let own = env::var("RUSTC_LINKER").is_ok() || flags.contains("link");
    let here = is("TARGET", target) && is("HOST", target);
    if is("PROFILE", "release") && here && !own && brings_lld(target) {
        println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
    }
}

/// Whether the compiler's own linker lies beside it.
fn brings_lld(target: &str) -> bool {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let said = Command::new(rustc).args(["--print", "sysroot"]).output();
    said.is_ok_and(|out| {
        let sysroot = PathBuf::from(String::from_utf8_lossy(&out.stdout).trim());
        let linker = format!("lib/rustlib/{target}/bin/gcc-ld/ld.lld");
        out.status.success() && sysroot.join(linker).exists()
    })
}

/// Reads every file under `root`, writes what is to be embedded to `out`, and returns the table as Rust code.
fn assets(root: &Path, out: &Path, compress: bool) -> Result<String, Failure> {
    let mut files = BTreeMap::new();
    walk(root, root, &mut files)?;
    files.retain(|name, _| !name.ends_with(".md"));
    let mut hashed: BTreeMap<String, String> = BTreeMap::new();
    // Stylesheets last: they name other files, and their own hash must change when those do.
    let mut names: Vec<String> = files.keys().cloned().collect();
    names.sort_by_key(|name| name.ends_with(".css"));
    for name in &names {
        let bytes = files.remove(name).unwrap_or_default();
        let bytes = if name.ends_with(".css") {
            rename_fonts(name, bytes, &hashed)?
        } else {
            bytes
        };
        let hash: String = Sha256::digest(&bytes)
            .iter()
            .take(5)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let (stem, ending) = name
            .rsplit_once('.')
            .ok_or_else(|| format!("static/{name} has no ending"))?;
        hashed.insert(name.clone(), format!("{stem}.{hash}.{ending}"));
        let file = out.join(name.replace('/', "_"));
        fs::write(&file, &bytes)?;
        if compress && !name.ends_with(".woff2") && !name.ends_with(".png") {
            fs::write(file.with_added_extension("br"), brotli(&bytes)?)?;
        }
    }
    table(&hashed, out, compress)
}

fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), Failure> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(root, &path, files)?;
        } else {
            let name = path
                .strip_prefix(root)?
                .to_string_lossy()
                .replace('\\', "/");
            files.insert(name, fs::read(&path)?);
        }
    }
    Ok(())
}

/// Puts the hashed names of fonts into a stylesheet's `url("../vendor/…")`; any other address is a mistake, because
/// nothing would be served there.
fn rename_fonts(
    name: &str,
    css: Vec<u8>,
    hashed: &BTreeMap<String, String>,
) -> Result<Vec<u8>, Failure> {
    let mut css = String::from_utf8(css)?;
    for (plain, with_hash) in hashed {
        css = css.replace(
            &format!("url(\"../{plain}\")"),
            &format!("url(\"../{with_hash}\")"),
        );
    }
    for rest in css.split("url(").skip(1) {
        let address = rest.trim_start_matches(['"', '\'']);
        let known = hashed.values().any(|file| {
            address
                .strip_prefix("../")
                .is_some_and(|rest| rest.starts_with(file))
        });
        if !known && !address.starts_with("data:") {
            return Err(format!(
                "static/{name} names a file that does not exist: {}",
                &address[..address.len().min(60)]
            )
            .into());
        }
    }
    Ok(css.into_bytes())
}

fn brotli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let settings = brotli::enc::BrotliEncoderParams {
        quality: 11,
        size_hint: bytes.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &settings)?;
    Ok(packed)
}

fn table(hashed: &BTreeMap<String, String>, out: &Path, compress: bool) -> Result<String, Failure> {
    let mut rows = String::new();
    let mut arms = String::new();
    for (name, with_hash) in hashed {
        let file = out.join(name.replace('/', "_"));
        let packed = file.with_added_extension("br");
        let brotli = if compress && packed.exists() {
            format!("Some(include_bytes!({packed:?}))")
        } else {
            "None".into()
        };
        let kind = kind(name).ok_or_else(|| format!("static/{name}: unknown kind of file"))?;
        writeln!(
            rows,
            "    Asset {{ hashed: {with_hash:?}, kind: {kind:?}, bytes: include_bytes!({file:?}), brotli: {brotli} }},"
        )?;
        writeln!(
            arms,
            "        b{name:?} => {:?},",
            format!("/static/{with_hash}")
        )?;
    }
    Ok(format!(
        "static ASSETS: &[Asset] = &[\n{rows}];\n\n\
         /// The address of a static file. A name that does not exist fails where it is used in a constant: at compile time.\n\
         #[expect(clippy::panic, reason = \"only ever evaluated by the compiler\")]\n\
         const fn url(name: &str) -> &'static str {{\n    match name.as_bytes() {{\n{arms}        _ => panic!(\"no such file in static/\"),\n    }}\n}}\n"
    ))
}

fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml; charset=utf-8"),
        "png" => Some("image/png"),
        "woff2" => Some("font/woff2"),
        _ => None,
    }
}
