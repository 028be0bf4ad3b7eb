//! "Can someone do something?"

use super::answer::answer;
use super::asking::{Asked, actions, field};
use super::finding::{Asker, Spot, Subject, people, places, spot};
use super::pages::{AnswerShown, CheckPage};
use crate::access::permission::AnyKey;
use crate::db::Conn;
use crate::error::Result;
use crate::users::Reach;
use crate::web::form::Errors;
use crate::web::shell::Shell;
use crate::web::urls;

/// What was understood of the form.
pub struct Understood {
    /// Of whom.
    pub subject: Option<Subject>,
    /// What.
    pub key: Option<AnyKey>,
    /// Where.
    pub spot: Option<Spot>,
    /// What is to be corrected.
    pub errors: Errors,
}

/// Looks everything up inside what the asker sees.
pub fn understand(conn: &mut Conn, asker: &Asker<'_>, asked: &Asked) -> Result<Understood> {
    let mut errors = Errors::new();
    let all = [&asked.person, &asked.action, &asked.place];
    let sent = !asked.find && all.into_iter().all(Option::is_some);
    let account = &asker.account().name;
    let stranger = format!("There is nobody like that in {account}, or you cannot see them");
    let subject = field(
        &mut errors,
        ("person", asked.person.as_ref()),
        (sent, "Choose a person", &stranger),
        |id| Subject::find(conn, asker, id),
    )?;
    let (key, spot) = what_and_where(conn, asker, asked, (sent, &mut errors))?;
    Ok(Understood {
        subject,
        key,
        spot,
        errors,
    })
}

/// The action and the place.
pub fn what_and_where(
    conn: &mut Conn,
    asker: &Asker<'_>,
    asked: &Asked,
    (sent, errors): (bool, &mut Errors),
) -> Result<(Option<AnyKey>, Option<Spot>)> {
    let key = field(
        errors,
        ("action", asked.action.as_ref()),
        (sent, "Choose an action", "There is no such action"),
        |name| Ok(asker.catalogue.find(name)),
    )?;
    let account = &asker.account().name;
    let nowhere = format!("There is no such place in {account}, or you cannot see it");
    let spot = field(
        errors,
        ("where", asked.place.as_ref()),
        (sent, "Choose where", &nowhere),
        |id| spot(conn, asker, id),
    )?;
    Ok((key, spot))
}

/// The page.
pub fn page(conn: &mut Conn, asker: &Asker<'_>, shell: Shell, asked: &Asked) -> Result<CheckPage> {
    let slug = &asker.account().slug;
    let Understood {
        subject,
        key,
        spot,
        errors,
    } = understand(conn, asker, asked)?;
    let answer = match (&subject, key, &spot) {
        (Some(subject), Some(key), Some(spot)) if !asked.find => {
            let mut shown = answer(conn, asker, subject, (key, spot))?;
            go_on(asker, subject, &mut shown);
            Some(shown)
        }
        _ => None,
    };
    Ok(CheckPage {
        tabs: super::handlers::tabs(slug, 0),
        action: urls::access(slug),
        people: people(conn, asker, (&asked.q, subject.as_ref()))?,
        actions: actions(asker.account(), asker.catalogue, key),
        places: places(conn, asker, &asked.place_q)?.choose(spot.as_ref()),
        note: note(asker),
        shell: shell.with_errors(&errors),
        errors,
        answer,
    })
}

/// Where to go on from an answer.
fn go_on(asker: &Asker<'_>, subject: &Subject, shown: &mut AnswerShown) {
    let slug = &asker.account().slug;
    let all = urls::access_of(slug, subject.id);
    if subject.you {
        shown.links.push(("Everything you can do".into(), all));
    } else {
        let name = &subject.name;
        shown.links.push((format!("Everything {name} can do"), all));
        shown
            .links
            .push((format!("Page of {name}"), urls::user(slug, subject.id)));
    }
}

/// What the asker does not get to see.
pub fn note(asker: &Asker<'_>) -> Option<String> {
    matches!(asker.reach, Reach::Places { .. }).then(|| {
        "You see the people and roles of the places in which you may see users.".to_owned()
    })
}
