//! The transport against servers of all manners.

use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

use super::sink::{Manners, Sink};
use super::*;
use crate::mail::smtp::{Patience, Smtp};
use crate::mail::transport::{Delivery, Leave, Transport};

fn packets(count: usize) -> Vec<Packet> {
    (0..count)
        .map(|n| to(&format!("p{n}@example.com")))
        .collect()
}

fn to(recipient: &str) -> Packet {
    let mut packet = packet(&welcome());
    let envelope = lettre::address::Envelope::new(
        Some("no-reply@portal.example".parse().unwrap()),
        vec![recipient.parse().unwrap()],
    );
    packet.envelope = envelope.unwrap();
    packet
}

fn quick(url: &str) -> Smtp {
    Smtp::open(url).unwrap().with_patience(Patience {
        command: Duration::from_millis(300),
        message: Duration::from_millis(400),
    })
}

async fn deliver(smtp: &mut Smtp, packets: Vec<Packet>) -> HashMap<MailId, Delivery> {
    let leave = Leave {
        until: Instant::now() + Duration::from_secs(60),
        going: &|| true,
    };
    let count = packets.len();
    let ends = smtp.deliver(packets, &leave).await;
    assert_eq!(ends.len(), count, "each mail has one answer");
    let ends: HashMap<_, _> = ends.into_iter().collect();
    assert_eq!(ends.len(), count);
    ends
}

fn all_later(ends: &HashMap<MailId, Delivery>) -> bool {
    ends.values().all(|end| matches!(end, Delivery::Later(_)))
}

#[tokio::test]
async fn mails_arrive_once_over_few_kept_connections() {
    let sink = Sink::start(Manners::default()).await;
    let mut smtp = quick(&sink.url());
    for _ in 0..3 {
        let ends = deliver(&mut smtp, packets(50)).await;
        assert!(ends.values().all(|end| *end == Delivery::Sent));
    }
    assert_eq!(sink.received().len(), 150);
    assert!(*sink.connections.lock().unwrap() <= 4);
    smtp.close().await;
    assert!(
        deliver(&mut smtp, packets(1))
            .await
            .values()
            .all(|end| *end == Delivery::Sent)
    );
}

#[tokio::test]
async fn one_mail_opens_one_connection_and_arrives_byte_for_byte() {
    let sink = Sink::start(Manners::default()).await;
    let mail = packet(&welcome());
    let mut smtp = quick(&sink.url());
    deliver(&mut smtp, vec![mail.clone()]).await;
    assert_eq!(*sink.connections.lock().unwrap(), 1);
    assert_eq!(sink.received()[0].body.as_bytes(), mail.bytes);
    assert_eq!(sink.received()[0].to, "ada@example.com");
}

#[tokio::test]
async fn a_refused_recipient_fails_alone() {
    let sink = Sink::start(Manners {
        recipient: Some(("p7@", "550 5.1.1 nobody here")),
        ..Manners::default()
    })
    .await;
    let mails = packets(20);
    let bad = mails[7].id;
    let ends = deliver(&mut quick(&sink.url()), mails).await;
    assert!(
        matches!(&ends[&bad], Delivery::Refused(why) if why.contains("550") && why.contains("nobody here"))
    );
    assert_eq!(sink.received().len(), 19);
}

#[tokio::test]
async fn a_4xx_is_for_later_and_alone() {
    let sink = Sink::start(Manners {
        recipient: Some(("p3@", "451 greylisted")),
        ..Manners::default()
    })
    .await;
    let mails = packets(8);
    let grey = mails[3].id;
    let ends = deliver(&mut quick(&sink.url()), mails).await;
    assert!(matches!(&ends[&grey], Delivery::Later(_)));
    assert_eq!(sink.received().len(), 7);
}

#[tokio::test]
async fn a_refused_message_is_refused_and_a_deferred_one_deferred() {
    for (answer, refused) in [
        ("554 spam", true),
        ("452 full", false),
        ("421 later", false),
    ] {
        let sink = Sink::start(Manners {
            message: Some(answer),
            ..Manners::default()
        })
        .await;
        let ends = deliver(&mut quick(&sink.url()), packets(3)).await;
        let seen = ends
            .values()
            .all(|end| matches!(end, Delivery::Refused(_)) == refused);
        assert!(seen, "{answer}: {ends:?}");
    }
}

#[tokio::test]
async fn trouble_before_a_mail_is_never_the_mails_fault() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let sinks = [
        Sink::start(Manners {
            greeting: Some("554 go away"),
            ..Manners::default()
        })
        .await
        .url(),
        Sink::start(Manners {
            recipient: Some(("p", "530 sign in first")),
            ..Manners::default()
        })
        .await
        .url(),
        Sink::start(Manners::default()).await.url() + "?tls=required",
        Sink::start(Manners::default())
            .await
            .url()
            .replace("smtp://", "smtp://user:word@"),
        format!("smtp://{closed}"),
    ];
    for url in sinks {
        let ends = deliver(&mut quick(&url), packets(20)).await;
        assert!(all_later(&ends), "{url}: {ends:?}");
    }
}

#[tokio::test]
async fn a_hanging_server_costs_one_wait_for_the_whole_batch() {
    for manners in [
        Manners {
            hangs: true,
            ..Manners::default()
        },
        Manners {
            hangs_after_message: true,
            ..Manners::default()
        },
    ] {
        let sink = Sink::start(manners).await;
        let began = Instant::now();
        let ends = deliver(&mut quick(&sink.url()), packets(50)).await;
        assert!(all_later(&ends));
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "{:?}",
            began.elapsed()
        );
    }
}

#[tokio::test]
async fn a_server_that_closes_kept_connections_gets_new_ones() {
    let sink = Sink::start(Manners {
        closes_after: Some(3),
        ..Manners::default()
    })
    .await;
    let ends = deliver(&mut quick(&sink.url()), packets(40)).await;
    assert!(ends.values().all(|end| *end == Delivery::Sent), "{ends:?}");
    assert_eq!(sink.received().len(), 40);
}

#[tokio::test]
async fn a_mail_that_the_server_chokes_on_waits_alone() {
    let sink = Sink::start(Manners {
        chokes_on: Some("p4@"),
        ..Manners::default()
    })
    .await;
    let mails = packets(30);
    let bad = mails[4].id;
    let ends = deliver(&mut quick(&sink.url()), mails).await;
    assert!(matches!(ends[&bad], Delivery::Later(_)));
    assert_eq!(sink.received().len(), 29);
}

#[tokio::test]
async fn no_mail_is_begun_without_leave() {
    let sink = Sink::start(Manners::default()).await;
    for leave in [
        Leave {
            until: Instant::now() + Duration::from_secs(9),
            going: &|| false,
        },
        Leave {
            until: Instant::now(),
            going: &|| true,
        },
    ] {
        let ends = quick(&sink.url()).deliver(packets(9), &leave).await;
        assert!(ends.len() == 9 && ends.iter().all(|(_, end)| *end == Delivery::Untried));
    }
    assert!(sink.received().is_empty());
}

#[tokio::test]
async fn an_address_beyond_ascii_is_refused_where_the_server_cannot_take_it() {
    let sink = Sink::start(Manners::default()).await;
    let ends = deliver(
        &mut quick(&sink.url()),
        vec![to("jörg@example.com"), to("a@example.com")],
    )
    .await;
    assert_eq!(
        ends.values()
            .filter(|end| matches!(end, Delivery::Refused(_)))
            .count(),
        1
    );
    assert_eq!(sink.received().len(), 1);
}

#[tokio::test]
async fn a_folder_holds_each_mail_as_one_private_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail");
    let mut transport = Transport::directory(path.clone()).unwrap();
    let mails = packets(3);
    let leave = Leave {
        until: Instant::now() + Duration::from_secs(9),
        going: &|| true,
    };
    for _ in 0..2 {
        let ends = transport.deliver(mails.clone(), &leave).await;
        assert!(ends.iter().all(|(_, end)| *end == Delivery::Sent));
    }
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 3);
    for mail in &mails {
        let file = path.join(format!("{}.eml", mail.id));
        assert_eq!(std::fs::read(&file).unwrap(), mail.bytes);
        assert_eq!(
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    std::fs::remove_dir_all(&path).unwrap();
    let ends = transport.deliver(mails, &leave).await;
    assert!(
        ends.iter()
            .all(|(_, end)| matches!(end, Delivery::Later(_)))
    );
}
