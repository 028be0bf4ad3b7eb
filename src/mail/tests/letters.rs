//! What a mailbox makes of each mail.

use mail_parser::{Message, MessageParser, MimeHeaders};

use super::*;
use crate::mail::name::LONGEST;

fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

fn text(mail: &Message<'_>) -> String {
    mail.body_text(0).unwrap().replace("\r\n", "\n")
}

fn html(mail: &Message<'_>) -> String {
    mail.body_html(0).unwrap().into_owned()
}

/// The address of the link that a letter must show, if it shows one.
fn link(letter: &Letter) -> Option<String> {
    match letter {
        Letter::Welcome(_) | Letter::Invitation(_) | Letter::NewLink(_) | Letter::Reminder(_) => {
            Some(format!("https://portal.example/welcome/{TOKEN}"))
        }
        Letter::ResetPassword(_) => Some(format!("https://portal.example/reset-password/{TOKEN}")),
        Letter::Locked(_) => Some(format!("https://portal.example/unlock/{TOKEN}")),
        Letter::PasswordChanged(_) | Letter::Unlocked(_) => {
            Some("https://portal.example/forgot-password".to_owned())
        }
        Letter::Added(_) | Letter::RolesChanged(_) => {
            Some("https://portal.example/accounts/acme/organizations/east/projects/fair".to_owned())
        }
        Letter::RoleEnding(_) => {
            Some("https://portal.example/me/more-time?role=grant_01".to_owned())
        }
        Letter::MoreTime(_) => Some(
            "https://portal.example/accounts/acme/users/user_01/role-ends?role=grant_01".to_owned(),
        ),
        Letter::AccessBack(_) => Some("https://portal.example/sign-in".to_owned()),
        Letter::RequestWanted(_) | Letter::RequestDecided(_) => {
            Some("https://portal.example/accounts/acme/requests/one".to_owned())
        }
        Letter::NewAdmin(_) => Some("https://portal.example/accounts/acme/users/one".to_owned()),
        Letter::ConfirmAddress(_) => Some(format!("https://portal.example/sign-up/{TOKEN}")),
        Letter::HasLogin(_) | Letter::AddressTaken(_) => {
            Some("https://portal.example/sign-in".to_owned())
        }
        Letter::ConfirmNewAddress(_) => {
            Some(format!("https://portal.example/confirm-email/{TOKEN}"))
        }
        Letter::AddressChanging(_) | Letter::AddressChanged(_) => {
            Some(format!("https://portal.example/old-email/{TOKEN}"))
        }
        Letter::Joined(_) | Letter::Undelivered(_) | Letter::LinkWanted(_) => {
            Some("https://portal.example/accounts/acme/users/user_01".to_owned())
        }
        Letter::Left(_) => Some("https://portal.example/accounts/acme/user-management".to_owned()),
        Letter::Imported(_) => {
            Some("https://portal.example/accounts/acme/user-management/import/import_01".to_owned())
        }
        Letter::OwnershipOffered(_) => {
            Some("https://portal.example/me/ownership?offer=offer_01".to_owned())
        }
        Letter::HomeMoved(_)
        | Letter::HomeExclusive(_)
        | Letter::AccessEnded(_)
        | Letter::Declined(_)
        | Letter::OwnershipSettled(_) => None,
    }
}

/// How many links a letter has to turn off mails like it.
fn stops(letter: &Letter) -> usize {
    usize::from(matches!(letter.class(), Class::Notice(_)))
}

#[test]
fn every_notice_says_how_to_turn_it_off_in_words_and_in_headers_and_no_service_mail_does() {
    const HEADERS: [&str; 3] = ["List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"];
    for letter in letters("Acme") {
        let bytes = packet(&letter).bytes;
        let mail = parsed(&bytes);
        let (text, html) = (text(&mail), html(&mail));
        let url = format!("https://portal.example{STOP}");
        let Class::Notice(kind) = letter.class() else {
            for header in HEADERS {
                assert!(mail.header(header).is_none(), "{letter:?}");
            }
            assert!(!text.contains(&url) && !html.contains(&url));
            continue;
        };
        let id = format!("<{}.{ACCOUNT}.portal.example>", kind.key());
        let raw = String::from_utf8(bytes.clone()).unwrap();
        let values = [
            id.as_str(),
            &format!("<{url}>"),
            "List-Unsubscribe=One-Click",
        ];
        for (header, value) in HEADERS.into_iter().zip(values) {
            let line = format!("\r\n{header}: {value}\r\n");
            assert!(raw.contains(&line), "{line} in {raw}");
        }
        assert!(
            text.contains(&format!("Turn off mails like this:\n{url}\n")),
            "{text}"
        );
        let shown = format!("<a href=\"{url}\">Turn off mails like this</a>");
        assert!(html.contains(&shown), "{html}");
    }
}

#[test]
fn every_mail_has_its_headers_and_both_parts() {
    for letter in letters("Acme") {
        let packet = packet(&letter);
        assert!(packet.bytes.is_ascii(), "{letter:?}");
        let mail = parsed(&packet.bytes);
        let from = mail.from().unwrap().first().unwrap();
        assert_eq!(from.address(), Some("no-reply@portal.example"));
        let shown = if letter.account().is_some() {
            "Acme via Tenantry"
        } else {
            "Tenantry"
        };
        assert_eq!(from.name(), Some(shown));
        assert_eq!(
            mail.to().unwrap().first().unwrap().address(),
            Some("ada@example.com")
        );
        let id = format!("{}@portal.example", packet.id);
        assert_eq!(mail.message_id(), Some(id.as_str()));
        assert_eq!(
            mail.header("Auto-Submitted")
                .and_then(|value| value.as_text()),
            Some("auto-generated")
        );
        assert_eq!(
            mail.date().unwrap().to_timestamp(),
            noon().utc().timestamp()
        );
        assert!(mail.is_content_type("multipart", "alternative"));
        assert_eq!((mail.text_body_count(), mail.html_body_count()), (1, 1));
        assert_eq!(mail.attachment_count(), 0);
    }
}

#[test]
fn every_mail_shows_its_link_on_a_line_of_its_own_and_behind_one_button() {
    for letter in letters("Acme") {
        let bytes = packet(&letter).bytes;
        let mail = parsed(&bytes);
        let (text, html) = (text(&mail), html(&mail));
        let Some(link) = link(&letter) else {
            assert_eq!(html.matches("<a ").count(), stops(&letter));
            continue;
        };
        assert_eq!(
            text.lines().filter(|line| *line == link).count(),
            1,
            "{text}"
        );
        assert_eq!(
            html.matches("<a ").count(),
            1 + stops(&letter),
            "one button"
        );
        assert!(html.contains(&format!("href=\"{link}\"")), "{html}");
        assert!(html.contains("If the button does not work, copy this address:"));
        assert_eq!(html.matches(&link).count(), 2);
    }
}

#[test]
fn the_html_is_one_column_without_anything_from_elsewhere() {
    for letter in letters("Acme") {
        let bytes = packet(&letter).bytes;
        let html = html(&parsed(&bytes));
        for wanted in [
            "<html lang=\"en\">",
            "name=\"color-scheme\" content=\"light dark\"",
            "lang=\"en\" dir=\"ltr\"",
        ] {
            assert!(html.contains(wanted), "{wanted}");
        }
        for unwanted in [
            "<img", "<style", "<link", "<script", "src=", "url(", "<table",
        ] {
            assert!(!html.contains(unwanted), "{unwanted}");
        }
        let hidden = html
            .split_once("overflow:hidden;\">")
            .unwrap()
            .1
            .split_once("</div>")
            .unwrap()
            .0;
        assert!((10..=90).contains(&hidden.chars().count()), "{hidden}");
        assert!(!html.contains(&format!("<title>{hidden}")));
    }
}

#[test]
fn the_text_reads_well_alone() {
    let bytes = packet(&welcome()).bytes;
    let mail = parsed(&bytes);
    assert_eq!(
        mail.subject(),
        Some("Welcome to Acme Ltd: set your password")
    );
    assert_eq!(
        mail.reply_to().unwrap().first().unwrap().address(),
        Some("it@acme.example")
    );
    let expected = format!(
        "Hello Ada,\n\n\
         Grace Hopper added you to East in Acme Ltd.\n\n\
         Account: Acme Ltd\n\
         Organization: East\n\
         Reservation: Spring Fair\n\
         Your roles: Manager, Billing\n\
         You sign in with: ada@example.com\n\n\
         Set your password:\n\
         https://portal.example/welcome/{TOKEN}\n\n\
         This link works once, until 23 November 2026, 14:05 UTC (48 hours from now).\n\n\
         Opened it too late? Open it anyway: the page leads you to a new link.\n\n\
         You did not expect this? Ignore this mail. Nothing is active until you set a password.\n\n\
         -- \n\
         You get this mail because Grace Hopper entered ada@example.com in Tenantry.\n\
         Questions? Write to it@acme.example.\n\
         Tenantry: https://portal.example"
    );
    assert_eq!(text(&mail).trim_end(), expected);
}

#[test]
fn subjects_are_those_of_the_design() {
    let subjects: Vec<String> = letters("Acme")
        .iter()
        .map(|letter| parsed(&packet(letter).bytes).subject().unwrap().to_owned())
        .collect();
    assert_eq!(
        subjects,
        [
            "Welcome to Acme: set your password",
            "Acme invited you to Acme (Acme)",
            "Your new link for Acme",
            "Your link to join Acme works until 23 November 2026 14:05 UTC",
            "The welcome mail to bob@away.example came back",
            "Acme asks for a new link to join Acme",
            "Reset your Tenantry password",
            "Reset your Tenantry password",
            "Your Tenantry password was changed",
            "Too many sign-in attempts: unlock your sign-in",
            "Too many sign-in attempts: unlock your sign-in",
            "Acme vouched for you: your sign-in is unlocked",
            "Acme manages your Tenantry login now",
            "You can now work on Acme",
            "Your roles in Acme changed",
            "Your role Acme in Acme will end",
            "Acme asks for more time as Acme in Acme",
            "Your login cannot be used in Acme",
            "Your access to Acme has ended",
            "You have access to Acme again",
            "Acme asks for the Acme role for Acme",
            "Acme asks for the Acme role for Acme",
            "Not approved: Acme role for Acme",
            "Approved: Acme role for Acme",
            "Acme is now an Acme of Acme",
            "Acme joined Acme",
            "Acme joined East",
            "Acme declined to join Acme",
            "Acme left Acme",
            "Import finished: 41 invited, 3 need attention",
            "Acme offers you ownership of Acme",
            "Acme is now an Owner of Acme",
            "Confirm your email address for Tenantry",
            "You already have a Tenantry login",
            "Confirm your new address",
            "Confirm your new address",
            "Your address is being changed",
            "Your address was changed",
            "This address has a Tenantry login already",
        ]
    );
}

#[test]
fn hostile_names_do_no_harm() {
    let hostile = [
        "<script>alert(1)</script>\"'&",
        "Bob\r\nBcc: victim@example.com\r\n\r\nhello",
        "Win at https://evil.example/prize or www.evil.example",
        "evil.example",
        "\u{202e}moc.live\u{202c}\u{200b}x",
        "{{7*7}} {% if true %}",
        "\u{0}\u{7f}\u{85}",
        "Ünï \u{1f3b7} 北京",
        "\"quoted\", <a@b.example>",
        "=?utf-8?q?injected?=",
    ];
    for name in hostile
        .into_iter()
        .map(str::to_owned)
        .chain(["x".repeat(5_000), "é".repeat(5_000)])
    {
        for letter in letters(&name) {
            let packet = packet(&letter);
            let mail = parsed(&packet.bytes);
            let (subject, text, html) = (mail.subject().unwrap(), text(&mail), html(&mail));
            assert!(mail.header("Bcc").is_none() && mail.header("Cc").is_none());
            assert_eq!(mail.to().unwrap().iter().count(), 1);
            assert_eq!(mail.from().unwrap().iter().count(), 1);
            assert_eq!(
                mail.from().unwrap().first().unwrap().address(),
                Some("no-reply@portal.example")
            );
            assert_eq!(packet.envelope.to().len(), 1);
            assert!(subject.chars().count() < 3 * LONGEST + 40, "{subject}");
            for part in [subject, &text, &html] {
                assert!(
                    !part.contains("evil.example") && !part.contains("prize"),
                    "{part}"
                );
                assert!(
                    !part.contains(['\u{202e}', '\u{200b}', '\u{0}', '\u{85}']),
                    "{part}"
                );
            }
            assert!(!html.contains("<script"), "{html}");
            assert_eq!(
                html.matches("<a ").count(),
                usize::from(link(&letter).is_some()) + stops(&letter)
            );
            assert!(!subject.contains(['\r', '\n']));
        }
    }
}

#[test]
fn markup_in_a_name_is_shown_as_it_was_typed() {
    let bytes = packet(&letters("<b>Tom & \"Jerry\"</b> {{7*7}}").swap_remove(0)).bytes;
    let mail = parsed(&bytes);
    assert!(text(&mail).contains("Hello <b>Tom & \"Jerry\"</b> {{7*7}},"));
    assert!(
        html(&mail).contains("Hello &#60;b&#62;Tom &#38; &#34;Jerry&#34;&#60;/b&#62; {{7*7}},")
    );
    assert_eq!(
        mail.subject(),
        Some("Welcome to <b>Tom & \"Jerry\"</b> {{7*7}}: set your password")
    );
}

#[test]
fn a_letter_needs_its_token_and_a_real_address() {
    let id = MailId::new();
    let send = |recipient: &str, token: Option<&str>| {
        let occasion = Occasion {
            recipient,
            token,
            expires_at: None,
            stop: None,
            now: noon(),
        };
        compose(
            &head(),
            &Outgoing {
                id,
                account: Some(ACCOUNT),
                message_id: "<a@b>",
                letter: &welcome(),
                occasion,
            },
        )
        .is_ok()
    };
    assert!(send("ada@example.com", Some(TOKEN)));
    for (recipient, token) in [
        ("ada@example.com", None),
        ("ada@example.com", Some("")),
        ("ada@example.com", Some("a/../b")),
        ("ada@example.com\r\nBcc: b@c.example", Some(TOKEN)),
        ("ada@example.com, b@c.example", Some(TOKEN)),
        ("nobody", Some(TOKEN)),
    ] {
        assert!(!send(recipient, token), "{recipient:?} {token:?}");
    }
}

#[test]
fn a_letter_reads_back_from_its_row() {
    for letter in letters("Acme") {
        let stored = serde_json::to_string(&letter).unwrap();
        assert!(
            stored.contains(&format!("\"template\":\"{}\"", letter.template())),
            "{stored}"
        );
        assert!(!stored.contains(TOKEN));
        assert_eq!(serde_json::from_str::<Letter>(&stored).unwrap(), letter);
    }
}

/// What stands in the HTML, line by line, as one reads it.
fn read(html: &str) -> Vec<String> {
    let body = html
        .split_once("<body")
        .unwrap()
        .1
        .split_once('>')
        .unwrap()
        .1;
    let mut lines = vec![String::new()];
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('<') {
        lines.last_mut().unwrap().push_str(before);
        lines.push(String::new());
        rest = after.split_once('>').unwrap().1;
    }
    let plain = |line: &String| {
        let line = line.replace("&#60;", "<").replace("&#62;", ">");
        let line = line.replace("&#34;", "\"").replace("&#39;", "'");
        line.replace("&#38;", "&").trim().to_owned()
    };
    let mut lines: Vec<String> = lines.iter().map(plain).collect();
    lines.retain(|line| !line.is_empty());
    lines
}

#[test]
fn the_text_alone_says_everything_that_the_html_says() {
    for letter in letters("Acme") {
        let bytes = packet(&letter).bytes;
        let mail = parsed(&bytes);
        let (text, html) = (text(&mail), html(&mail));
        let shown = read(&html);
        // What stands behind the subject, who sends, and the subject itself are in the text's head.
        for line in shown.iter().skip(2) {
            let is_about_html = line == "If the button does not work, copy this address:";
            let is_said = mail.subject() == Some(line.as_str()) || text.contains(line.as_str());
            assert!(is_about_html || is_said, "{line} is not in {text}");
        }
        // And it adds to the subject.
        assert_ne!(Some(shown[0].as_str()), mail.subject());
    }
}

#[test]
fn every_mail_says_why_it_came_whom_to_ask_and_what_to_do_if_it_was_not_expected() {
    const UNEXPECTED: [&str; 6] = [
        "You did not expect this",
        "It was not you",
        "You know nothing of this?",
        "You have not spoken with",
        "Not right?",
        "you did not expect it?",
    ];
    for letter in letters("Acme") {
        let bytes = packet(&letter).bytes;
        let mail = parsed(&bytes);
        let text = text(&mail);
        let (body, foot) = text.split_once("\n-- \n").unwrap();
        assert!(
            UNEXPECTED.iter().any(|words| body.contains(words)),
            "{body}"
        );
        assert!(foot.starts_with("You get this "), "{foot}");
        assert!(foot.contains(" because "), "{foot}");
        let notice = matches!(letter.class(), Class::Notice(_));
        assert_eq!(foot.starts_with("You get this notice"), notice, "{foot}");
        assert!(foot.contains("\nQuestions? Write to help@portal.example.\n"));
        assert!(foot.contains("\nTenantry: https://portal.example"));
        let answers = mail.reply_to().unwrap().first().unwrap().address();
        assert_eq!(answers, Some("help@portal.example"), "of the operator");
    }
}

#[test]
fn every_link_that_ends_says_when_with_its_zone_and_how_long_that_is() {
    for letter in letters("Acme") {
        let bytes = packet(&letter).bytes;
        let mail = parsed(&bytes);
        let (text, html) = (text(&mail), html(&mail));
        let ends = match &letter {
            Letter::Welcome(_)
            | Letter::Invitation(_)
            | Letter::NewLink(_)
            | Letter::Reminder(_)
            | Letter::ResetPassword(_)
            | Letter::ConfirmAddress(_)
            | Letter::ConfirmNewAddress(_) => Some("This link works once, until "),
            Letter::Locked(_) | Letter::AddressChanging(_) | Letter::AddressChanged(_) => {
                Some("This link works until ")
            }
            _ => None,
        };
        let Some(ends) = ends else {
            assert!(!text.contains("This link works"), "{text}");
            continue;
        };
        let line = match &letter {
            Letter::ConfirmAddress(_) | Letter::ConfirmNewAddress(_) => {
                format!("{ends}22 November 2026, 14:05 UTC (24 hours from now).")
            }
            Letter::AddressChanging(_) | Letter::AddressChanged(_) => {
                format!("{ends}28 November 2026, 14:05 UTC (7 days from now).")
            }
            _ => format!("{ends}23 November 2026, 14:05 UTC (48 hours from now)."),
        };
        assert!(text.lines().any(|own| own == line), "{line} in {text}");
        assert!(html.contains(&line), "{html}");
    }
}
