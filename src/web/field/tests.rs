#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::db::types::{OrganizationId, ProjectId};

/// What no field takes, wherever it stands in the text.
const HIDDEN: [&str; 19] = [
    "\u{fffd}",
    "\0",
    "\u{7}",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{ad}",
    "\u{61c}",
    "\u{200b}",
    "\u{200e}",
    "\u{200f}",
    "\u{2028}",
    "\u{202a}",
    "\u{202e}",
    "\u{2066}",
    "\u{2069}",
    "\u{feff}",
    "\u{3164}",
    "\u{e0041}",
];

#[test]
fn a_name_comes_out_normalized() {
    for (raw, stored) in [
        ("Dana", "Dana"),
        ("  Dana  ", "Dana"),
        ("Ana  María", "Ana María"),
        ("Jose\u{301}", "José"),
        ("Dana\u{a0}Ruiz", "Dana Ruiz"),
        ("O'Brien-Smith, Jr.", "O'Brien-Smith, Jr."),
        ("<b>&\"'</b>", "<b>&\"'</b>"),
        ("李", "李"),
        ("葛\u{e0100}城", "葛\u{e0100}城"),
        ("علی\u{200c}رضا", "علی\u{200c}رضا"),
        (
            "3M 👩\u{200d}👩\u{200d}👧 ❤\u{fe0f}",
            "3M 👩\u{200d}👩\u{200d}👧 ❤\u{fe0f}",
        ),
    ] {
        assert_eq!(
            person_name("first name", raw).as_deref(),
            Ok(stored),
            "{raw:?}"
        );
        assert_eq!(company_name(raw).as_deref(), Ok(stored), "{raw:?}");
    }
}

#[test]
fn a_name_that_is_not_one_is_told_what_to_do() {
    let first = |raw: &str| person_name("first name", raw).unwrap_err();
    for blank in ["", " ", "\u{a0}\u{3000}"] {
        assert_eq!(first(blank), "Enter a first name");
    }
    assert_eq!(
        name("organization name", "").unwrap_err(),
        "Enter an organization name"
    );
    assert_eq!(company_name("").unwrap_err(), "Enter a company name");
    assert_eq!(
        first("…"),
        "First name must have at least one letter or number"
    );
    assert_eq!(
        first(&"é".repeat(81)),
        "First name must be 80 characters or fewer"
    );
    assert_eq!(
        person_name("first name", &"é".repeat(80))
            .unwrap()
            .chars()
            .count(),
        80
    );
    let decomposed = "e\u{301}".repeat(80);
    assert_eq!(
        person_name("last name", &decomposed)
            .unwrap()
            .chars()
            .count(),
        80,
        "counted as stored"
    );
    assert_eq!(
        company_name(&"x".repeat(121)).unwrap_err(),
        "Company name must be 120 characters or fewer"
    );
    assert!(company_name(&"x".repeat(120)).is_ok());
}

#[test]
fn what_cannot_be_seen_is_refused_in_every_field() {
    let says = "has a hidden character. Type it in by hand instead of pasting it";
    for hidden in HIDDEN {
        for raw in [
            format!("Da{hidden}na"),
            format!("{hidden}Dana"),
            format!("Dana{hidden}"),
        ] {
            assert!(
                person_name("first name", &raw).unwrap_err().ends_with(says),
                "{raw:?}"
            );
            assert!(
                line("note", 80, &raw).unwrap_err().ends_with(says),
                "{raw:?}"
            );
            assert!(
                paragraphs("note", 80, &raw).unwrap_err().ends_with(says),
                "{raw:?}"
            );
            let address = format!("{raw}@example.com");
            assert!(email(&address).unwrap_err().ends_with(says), "{raw:?}");
            assert!(
                email(&format!("dana@{raw}.com"))
                    .unwrap_err()
                    .ends_with(says),
                "{raw:?}"
            );
            assert!(slug("address", &[], &raw).is_err(), "{raw:?}");
        }
    }
    for raw in ["Da\r\nna", "Dana\r\n", "Dana\n", "\tDana"] {
        assert!(
            person_name("first name", raw).unwrap_err().ends_with(says),
            "{raw:?}"
        );
        assert!(
            email(&format!("{raw}@example.com"))
                .unwrap_err()
                .ends_with(says),
            "{raw:?}"
        );
    }
    for stray in [
        "Da\u{200d}na",
        "\u{200c}علی",
        "علی\u{200c}",
        "ع\u{200d}\u{200d}ع",
        "a\u{fe0f}",
        "❤\u{fe0f}\u{fe0f}",
        "葛\u{e0100}\u{e0101}",
    ] {
        assert!(
            person_name("first name", stray)
                .unwrap_err()
                .ends_with(says),
            "{stray:?}"
        );
    }
}

#[test]
fn free_text_may_be_empty_and_keeps_its_lines() {
    assert_eq!(line("note", 5, "  "), Ok(String::new()));
    assert_eq!(line("note", 5, " a   b "), Ok("a b".into()));
    assert_eq!(
        line("note", 2, "abc"),
        Err("Note must be 2 characters or fewer".into())
    );
    assert!(line("note", 9, "a\nb").is_err());
    assert_eq!(
        paragraphs("note", 9, " a\r\n\r\n  b\tc \n"),
        Ok("a\n\n  b\tc".into())
    );
    assert!(paragraphs("note", 9, "a\rb").is_err());
    assert_eq!(
        paragraphs("note", 2, "a\nb"),
        Err("Note must be 2 characters or fewer".into())
    );
}

#[test]
fn an_address_has_three_forms() {
    for (raw, shown, key, to) in [
        (
            "dana@acme.example",
            "dana@acme.example",
            "dana@acme.example",
            "dana@acme.example",
        ),
        (
            " Dana.R+x@ACME.Example ",
            "Dana.R+x@ACME.Example",
            "dana.r+x@acme.example",
            "Dana.R+x@acme.example",
        ),
        (
            "d@Bücher.example",
            "d@Bücher.example",
            "d@xn--bcher-kva.example",
            "d@xn--bcher-kva.example",
        ),
        (
            "d@bu\u{308}cher.example",
            "d@bücher.example",
            "d@xn--bcher-kva.example",
            "d@xn--bcher-kva.example",
        ),
        (
            "d@xn--bcher-kva.example",
            "d@xn--bcher-kva.example",
            "d@xn--bcher-kva.example",
            "d@xn--bcher-kva.example",
        ),
        (
            "d@ｅｘａｍｐｌｅ.com",
            "d@ｅｘａｍｐｌｅ.com",
            "d@example.com",
            "d@example.com",
        ),
        (
            "o'b_r-1!#$%&*/=?^`{|}~@a.co",
            "o'b_r-1!#$%&*/=?^`{|}~@a.co",
            "o'b_r-1!#$%&*/=?^`{|}~@a.co",
            "o'b_r-1!#$%&*/=?^`{|}~@a.co",
        ),
        (
            "d@r3---x.example.com",
            "d@r3---x.example.com",
            "d@r3---x.example.com",
            "d@r3---x.example.com",
        ),
    ] {
        let found = email(raw).unwrap();
        assert_eq!(
            (&*found.shown, &*found.key, &*found.to),
            (shown, key, to),
            "{raw}"
        );
        assert!(found.to.parse::<lettre::Address>().is_ok());
    }
    let plain = email("dana@acme.example").unwrap();
    for other in ["d.ana@acme.example", "dana+x@acme.example"] {
        assert_ne!(
            email(other).unwrap().key,
            plain.key,
            "dots and plus are not folded"
        );
    }
}

#[test]
fn what_is_no_address_is_told_what_to_do() {
    assert_eq!(email(" ").unwrap_err(), "Enter an email address");
    let form = "Enter an email address in the correct format, like name@example.com";
    for raw in [
        "dana",
        "@acme.example",
        "dana@",
        "dana@acme",
        "a b@acme.example",
        "dana@ac me.example",
        "a@b@acme.example",
        ".dana@acme.example",
        "dana.@acme.example",
        "da..na@acme.example",
        "\"dana\"@acme.example",
        "dana@.example",
        "dana@acme..example",
        "dana@acme.example.",
        "dana@-acme.example",
        "dana@acme-.example",
        "dana@[127.0.0.1]",
        "dana@127.0.0.1",
        "dana@ac_me.example",
        "dana@acme.example>",
        "<dana@acme.example>",
        "dana@acme,example.com",
        "dana@acme.example,lee@acme.example",
        "Dana <dana@acme.example>",
        "dana@xn--a.example",
        "dana@acme.example?cc=x",
    ] {
        assert_eq!(email(raw).unwrap_err(), form, "{raw}");
    }
    let local = "Use only unaccented letters, digits and . _ - + before the @";
    for raw in [
        "däna@acme.example",
        "\u{430}na@acme.example",
        "ｄana@acme.example",
        "K\u{212a}@acme.example",
    ] {
        assert_eq!(email(raw).unwrap_err(), local, "{raw}");
    }
}

#[test]
fn an_address_fits_into_mail() {
    let local = "a".repeat(64);
    assert!(email(&format!("{local}@acme.example")).is_ok());
    let says = email(&format!("{local}a@acme.example")).unwrap_err();
    assert_eq!(says, "The part before the @ must be 64 characters or fewer");
    let label = "b".repeat(61);
    let domain = format!("{label}.{label}.{label}.com");
    assert_eq!(
        email(&format!("{}@{domain}", "a".repeat(64)))
            .unwrap()
            .to
            .len(),
        254
    );
    let says = "Email address must be 254 characters or fewer";
    assert_eq!(
        email(&format!("{}@x{domain}", "a".repeat(64))).unwrap_err(),
        says
    );
    let grows_when_encoded = format!(
        "{}@{}.com",
        "a".repeat(60),
        ["東京大阪京都名古屋札幌神戸"; 5].join(".")
    );
    assert_eq!(email(&grows_when_encoded).unwrap_err(), says);
}

#[test]
fn a_slug_is_taken_or_told_what_to_do() {
    for good in ["ab", "a1", "10", "acme-west", "a--b", &"x".repeat(48)] {
        assert_eq!(slug("address", &[], good).as_deref(), Ok(good));
    }
    assert_eq!(slug("address", &[], " acme "), Ok("acme".into()));
    for (raw, says) in [
        ("", "Enter an address"),
        ("a", "Address must be 2 to 48 characters"),
        (&*"x".repeat(49), "Address must be 2 to 48 characters"),
        ("-ab", "Address must start and end with a letter or digit"),
        ("ab-", "Address must start and end with a letter or digit"),
        (
            "Acme",
            "Address must have only the letters a to z in lower case, digits and hyphens",
        ),
        (
            "a b",
            "Address must have only the letters a to z in lower case, digits and hyphens",
        ),
        (
            "a/../b",
            "Address must have only the letters a to z in lower case, digits and hyphens",
        ),
        (
            "é1",
            "Address must have only the letters a to z in lower case, digits and hyphens",
        ),
        (
            "billing",
            "“billing” is a page of this portal. Choose another address",
        ),
        (
            "docks",
            "“docks” is a page of this portal. Choose another address",
        ),
    ] {
        assert_eq!(slug("address", &["docks"], raw).unwrap_err(), says, "{raw}");
    }
    for id in [
        OrganizationId::new().to_string(),
        ProjectId::new().to_string(),
    ] {
        assert!(slug("address", &[], &id).is_err(), "{id}");
    }
}

#[test]
fn the_words_of_routes_are_reserved() {
    assert!(RESERVED.is_sorted() && RESERVED.windows(2).all(|pair| pair.first() != pair.last()));
    for word in [
        "new",
        "add",
        "import",
        "projects",
        "members",
        "devices",
        "sub-accounts",
        "billing",
        "settings",
        "audit",
        "organizations",
        "groups",
        "user-management",
        "users",
        "roles",
        "access",
        "requests",
        "access-keys",
        "branding",
        "security",
        "notifications",
        "webhooks",
        "applications",
        "provisioning",
        "close",
        "profile",
        "switcher",
        "csv",
    ] {
        assert!(RESERVED.contains(&word), "{word}");
    }
}

#[test]
fn a_name_becomes_a_slug() {
    for (name, made) in [
        ("Acme", "acme"),
        ("  Acme, Inc.  ", "acme-inc"),
        ("Ångström & Søn", "angstrom-son"),
        ("Straße 1", "strasse-1"),
        ("Łódź", "lodz"),
        ("O'Brien’s Dock", "obriens-dock"),
        ("東京", "organization-1"),
        ("東京 2", "organization-1"),
        ("!", "organization-1"),
        ("Billing", "billing-1"),
        ("ﬁrst", "first"),
    ] {
        assert_eq!(slug_from_name(name, "organization"), made, "{name}");
    }
    assert_eq!(numbered("acme", 2), "acme-2");
    assert_eq!(
        numbered(&"x".repeat(48), 10),
        format!("{}-10", "x".repeat(45))
    );
    assert_eq!(
        numbered(&format!("{}-y", "x".repeat(44)), 10),
        format!("{}-10", "x".repeat(44))
    );
}

#[test]
fn folding_makes_equal_what_reads_equal() {
    for (text, folded) in [
        ("  Dana   RUIZ ", "dana ruiz"),
        ("JOSE\u{301}", "josé"),
        ("ＡＣＭＥ", "acme"),
        ("Straße", "straße"),
        ("ΟΔΟΣ", "οδοσ"),
        ("οδος", "οδοσ"),
        ("علی\u{200c}رضا", "علیرضا"),
        ("a\u{a0}b", "a b"),
        ("ﬁ", "fi"),
        ("葛\u{e0100}城", "葛城"),
        ("e\u{200d}\u{301}", "é"),
    ] {
        assert_eq!(fold(text), folded, "{text}");
    }
}

proptest! {
    #[test]
    fn folding_twice_is_folding_once(text in any::<String>()) {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn what_a_field_takes_it_takes_again_unchanged(text in any::<String>(), label in "[a-z]{1,8}") {
        if let Ok(stored) = name(&label, &text) {
            prop_assert_eq!(name(&label, &stored), Ok(stored.clone()));
            prop_assert!(!stored.contains(char::is_control) && stored.chars().count() <= NAME);
        }
        if let Ok(stored) = paragraphs(&label, 500, &text) {
            prop_assert_eq!(paragraphs(&label, 500, &stored), Ok(stored));
        }
    }

    #[test]
    fn every_address_that_is_taken_is_ascii_to_mail_and_has_one_key(text in "[ -~äß@.]{0,12}@[ -~üА-я.]{0,16}") {
        if let Ok(found) = email(&text) {
            prop_assert!(found.to.is_ascii() && found.to.len() <= 254);
            for form in [&found.shown, &found.to, &found.key] {
                prop_assert_eq!(&email(form).unwrap().key, &found.key);
            }
        }
    }

    #[test]
    fn every_name_makes_a_slug_that_is_taken(name in any::<String>(), number in any::<u32>()) {
        let made = slug_from_name(&name, "project");
        prop_assert_eq!(slug("address", &[], &made), Ok(made.clone()));
        let next = numbered(&made, number);
        prop_assert_eq!(slug("address", &[], &next), Ok(next.clone()));
    }
}
