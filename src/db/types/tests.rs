use super::*;

#[test]
fn an_id_reads_back_what_it_shows_and_refuses_another_kind() {
    let id = UserId::new();
    let shown = id.to_string();
    assert!(shown.starts_with("user_") && shown.len() == 31, "{shown}");
    assert_eq!(shown.parse::<UserId>(), Ok(id));
    assert_eq!(shown.parse::<ProjectId>(), Err(NotAnId));
    assert_eq!("user_".parse::<UserId>(), Err(NotAnId));
    assert_eq!(UserId::nil().to_string(), "user_00000000000000000000000000");
}

#[test]
fn an_instant_reads_back_from_its_text() {
    let at = Ts::new(Utc::now());
    assert_eq!(read_fixed(&at.text()), Some(at));
    assert_eq!(at.text().len(), 27);
    assert_eq!(at.text(), at.utc().format(ON_SQLITE).to_string());
    let early = Ts::new(DateTime::from_timestamp(-1, 1_000).unwrap_or_default());
    assert_eq!(early.text(), "1969-12-31T23:59:59.000001Z");
}
