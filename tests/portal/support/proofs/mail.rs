//! The mail server hears everything, and fails as it is told.

use crate::support::smtp::{Mode, Smtp, link_in};
use lettre::message::MultiPart;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(5);

fn letter(to: &str) -> Message {
    let text = "Hello Ada,\n.one dot\n..two dots\n\nhttp://localhost:1/about\nOpen http://localhost:1/welcome/abc-_1.\n";
    Message::builder()
        .from("Tenantry <no-reply@localhost>".parse().unwrap())
        .to(to.parse().unwrap())
        .subject("Welcome, Ädä")
        .message_id(Some("<1@localhost>".to_owned()))
        .multipart(MultiPart::alternative_plain_html(
            text.to_owned(),
            "<p>Hello <b>Ada</b></p>".to_owned(),
        ))
        .unwrap()
}

/// Why a message did not go.
#[derive(Debug, PartialEq)]
enum Failure {
    Transient,
    Permanent,
    Broken,
    Silent,
}

async fn send(smtp: &Smtp, to: &str) -> Result<(), Failure> {
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&smtp.url()).unwrap();
    // The transport's own timeout covers connecting only.
    let sent = transport.build();
    match tokio::time::timeout(Duration::from_millis(400), sent.send(letter(to))).await {
        Err(_) => Err(Failure::Silent),
        Ok(Err(error)) if error.is_transient() => Err(Failure::Transient),
        Ok(Err(error)) if error.is_permanent() => Err(Failure::Permanent),
        Ok(Err(_)) => Err(Failure::Broken),
        Ok(Ok(_)) => Ok(()),
    }
}

#[tokio::test]
async fn a_message_arrives_as_it_was_written() {
    let smtp = Smtp::start();
    send(&smtp, "ada@example.com").await.unwrap();
    let messages = smtp.wait_for(1, SOON).await;
    let message = &messages[0];
    assert_eq!(
        (message.from.as_str(), message.to.as_slice()),
        ("no-reply@localhost", &["ada@example.com".to_owned()][..])
    );
    assert_eq!(
        (message.subject().as_str(), message.id().as_str()),
        ("Welcome, Ädä", "1@localhost")
    );
    assert_eq!(message.header("To").unwrap(), "ada@example.com");
    assert!(
        message.text().contains("\n.one dot") && message.text().contains("\n..two dots"),
        "{}",
        message.text()
    );
    assert_eq!(message.html().trim(), "<p>Hello <b>Ada</b></p>");
    assert_eq!(link_in(message), "http://localhost:1/welcome/abc-_1");
    assert_eq!(
        (
            smtp.messages_to("ada@example.com").len(),
            smtp.messages_to("bo@example.com").len()
        ),
        (1, 0)
    );
}

#[tokio::test]
async fn it_fails_in_every_way_and_recovers() {
    let smtp = Smtp::start();
    let address = smtp.address();
    let to = "ada@example.com";
    for (mode, failure) in [
        (Mode::TempFail(451), Failure::Transient),
        (Mode::PermFail(550), Failure::Permanent),
        (Mode::Refuse, Failure::Transient),
        (Mode::Hang, Failure::Silent),
        (Mode::Closed, Failure::Broken),
    ] {
        smtp.switch(mode);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(send(&smtp, to).await, Err(failure), "{mode:?}");
    }
    assert_eq!(smtp.messages().len(), 0);
    smtp.switch(Mode::Vanish);
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(send(&smtp, to).await, Err(Failure::Broken));
    assert_eq!(
        smtp.wait_for(1, SOON).await.len(),
        1,
        "taken, though the sender cannot know"
    );
    smtp.clear();
    smtp.switch(Mode::Accept);
    smtp.refuse_recipient("no@example.com", 550);
    assert_eq!(send(&smtp, "no@example.com").await, Err(Failure::Permanent));
    send(&smtp, to).await.unwrap();
    assert_eq!((smtp.messages().len(), smtp.address()), (1, address));
}
