//! Whether the process lives. Whether it can serve is another question, which the database answers.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ContentType};

/// `GET /healthz`: the process answers. Touches nothing else, so that a database that is down for a moment gets
/// no process killed.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::plaintext())
        .insert_header((CACHE_CONTROL, "no-store"))
        .body("ok\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn says_ok_and_is_not_kept() {
        let response = healthz().await;
        assert_eq!(response.status(), 200);
        assert!(
            response
                .headers()
                .get(CACHE_CONTROL)
                .is_some_and(|value| value == "no-store")
        );
    }
}
