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
