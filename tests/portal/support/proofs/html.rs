//! Pages and forms are read as a browser reads them.

use crate::support::html::Page;

const PAGE: &str = r##"<!doctype html><title>Add a person</title><style>p{}</style>
        <div role="alert"><h2>There is a problem</h2><ul><li><a href="#email">Enter an address</a></ul></div>
        <h1>Add <em>a</em> person</h1><a href="/one">One</a><ul><li>a</li><li>b</li></ul>
        <form action="/search"><input name="q" value="x"><button>Search</button></form>
        <form method="POST" action="/add"><input type="hidden" name="version" value="3">
          <input name="email" id="email" value="ada@"><textarea name="note">
two</textarea>
          <input type="checkbox" name="role" value="admin" checked><input type="checkbox" name="role" value="viewer">
          <input type="radio" name="kind" value="a" checked><input type="radio" name="kind" value="b">
          <fieldset disabled><input type="checkbox" name="role" value="owner" checked></fieldset>
          <select name="project"><option value="p1">One<option value="p2" selected>Two</select>
          <button type="button">Menu</button><button name="do" value="add">Add <span>User</span></button></form>"##;

#[test]
fn a_page_is_read_as_it_is_seen() {
    let page = Page::parse(PAGE);
    assert_eq!(
        (page.title().as_str(), page.h1().as_str()),
        ("Add a person", "Add a person")
    );
    assert_eq!(page.texts("li"), ["Enter an address", "a", "b"]);
    assert_eq!((page.link("One").as_str(), page.links().len()), ("/one", 2));
    assert_eq!(
        page.error_summary(),
        [("Enter an address".to_owned(), "email".to_owned())]
    );
    assert!(
        page.words().contains("One a b") && !page.words().contains("p{}"),
        "{}",
        page.words()
    );
    assert!(page.has("#email") && !page.has("#phone"));
    assert_eq!(page.attribute("#email", "value").as_deref(), Some("ada@"));
}

#[test]
fn a_form_sends_what_a_person_would() {
    let form = Page::parse(PAGE).form("Add User");
    assert_eq!(
        (form.action.as_str(), form.method.as_str()),
        ("/add", "post")
    );
    assert_eq!(
        form.encoded(),
        "version=3&email=ada%40&note=two&role=admin&kind=a&project=p2&do=add"
    );
    let form = form
        .fill("email", "a@b")
        .tick("role", "viewer")
        .untick("role", "admin")
        .tick("kind", "b")
        .forge("x", "1");
    assert_eq!(
        form.encoded(),
        "version=3&email=a%40b&note=two&project=p2&do=add&role=viewer&kind=b&x=1"
    );
    assert!(
        !form
            .offered
            .iter()
            .any(|choice| choice.value == "owner" && !choice.only && choice.name != "role")
    );
    assert_eq!(Page::parse(PAGE).form("Search").method, "get");
}

#[test]
#[should_panic(expected = "is not among")]
fn a_choice_that_is_not_offered_cannot_be_ticked() {
    let _ = Page::parse(PAGE).form("Add User").tick("role", "operator");
}
