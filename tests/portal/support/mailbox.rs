//! The outbox emptied by hand: the portal's own mail job, with a list in memory for a mail server, stopped as soon as
//! it finds nothing to send.

use std::sync::Arc;
use tenantry::mail::transport::Transport;
use tenantry::mail::worker;
use tokio::sync::watch;

use super::app::TestApp;
use super::smtp::Message;

impl TestApp {
    /// Sends what is due, and gives back what went out. Wishes of strangers become mails first, as always.
    pub async fn deliver(&self) -> Vec<Message> {
        let (transport, sent) = Transport::memory();
        let (stop, stopped) = watch::channel(false);
        let mut deps = tenantry::jobs::mail_deps(self.app(), transport, &stopped);
        let (claim, stop) = (deps.store.claim, Arc::new(stop));
        deps.store.claim = Box::new(move |limit| {
            let (claimed, stop) = (claim(limit), Arc::clone(&stop));
            Box::pin(async move {
                let claimed = claimed.await?;
                if claimed.is_empty() {
                    stop.send_replace(true);
                }
                Ok(claimed)
            })
        });
        worker::run(deps).await;
        let sent: Vec<Vec<u8>> = std::mem::take(&mut *sent.lock().unwrap());
        sent.into_iter().map(message).collect()
    }

    /// The one mail that is due.
    pub async fn deliver_one(&self) -> Message {
        let mut sent = self.deliver().await;
        let subjects: Vec<String> = sent.iter().map(Message::subject).collect();
        assert_eq!(sent.len(), 1, "{subjects:?}");
        sent.remove(0)
    }
}

/// A message as a mail server would have got it.
fn message(raw: Vec<u8>) -> Message {
    let parsed = mail_parser::MessageParser::default().parse(&raw).unwrap();
    let addresses = |list: Option<&mail_parser::Address<'_>>| -> Vec<String> {
        let all = list.into_iter().flat_map(|list| list.iter());
        all.filter_map(|one| one.address().map(str::to_owned))
            .collect()
    };
    let (from, to) = (addresses(parsed.from()), addresses(parsed.to()));
    Message {
        from: from.concat(),
        to,
        raw,
    }
}
