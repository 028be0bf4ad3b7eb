//! Pages of any list, against the list itself.

use proptest::prelude::*;

use super::*;
use crate::web::form::Form;

static LIST: List = List {
    name: "things",
    filters: &[
        Filter {
            name: "status",
            label: "Status",
            values: Values::These(&[("on", "On"), ("off", "Off")]),
            select: true,
        },
        Filter {
            name: "place",
            label: "Place",
            values: Values::Named,
            select: false,
        },
    ],
    sort: Sort {
        name: "name",
        falling: false,
    },
    sorts: &[Sort {
        name: "seen",
        falling: true,
    }],
};

type Thing = (String, u32);

fn asked(query: &str) -> Asked<u32> {
    Asked::read(&Form::parse(query.as_bytes()), &LIST).unwrap()
}

/// What a database answers: the rows of a stretch behind where the walk begins, in its order, as many as it says.
fn rows(all: &[Vec<Thing>], stretch: &Stretch<u32>) -> Vec<Thing> {
    let mut rows = all[stretch.number].clone();
    rows.sort();
    if stretch.falling {
        rows.reverse();
    }
    if let Some(from) = &stretch.from {
        rows.retain(|row| {
            if stretch.falling {
                row < from
            } else {
                row > from
            }
        });
    }
    rows.truncate(usize::try_from(stretch.limit).unwrap());
    rows
}

fn page(asked: &Asked<u32>, all: &[Vec<Thing>]) -> Found<Thing, u32> {
    let load = |stretch: &Stretch<u32>| Ok(rows(all, stretch));
    asked.page(all.len(), load, |_, row| row.clone()).unwrap()
}

/// Few keys, so that many are equal; every row has an id of its own.
fn stretches() -> impl Strategy<Value = Vec<Vec<Thing>>> {
    let keys = prop::collection::vec(prop::collection::vec("[a-c]{1,2}", 0..12), 1..4);
    keys.prop_map(|stretches| {
        let mut id = 0;
        let thing = |key: String| {
            id += 1;
            (key, id)
        };
        let mut thing = thing;
        let of = |keys: Vec<String>| keys.into_iter().map(&mut thing).collect();
        stretches.into_iter().map(of).collect()
    })
}

#[test]
fn what_is_too_many_to_sort_comes_in_the_usual_order_and_says_so() {
    let most = u32::try_from(MOST_SORTED).unwrap();
    let things = |number: u32| vec![(0..number).map(|n| (format!("{n:05}"), n)).collect()];
    let read = |asked: &Asked<u32>, all: &[Vec<Thing>]| {
        let back = |row: &Thing| (format!("{:05}", 99_999 - row.1), row.1);
        asked.sorted(|asked| Ok(page(asked, all)), back).unwrap()
    };
    let sorted = asked("status=on&sort=seen").sorted_here();
    let few = read(&sorted, &things(most));
    assert_eq!((few.rows[0].1, few.too_many), (most - 1, false));
    assert!(sorted.frame(&few, face()).too_many.is_none());
    let all = things(most + 1);
    let many = read(&sorted, &all);
    assert_eq!((many.rows[0].1, many.too_many), (0, true));
    let frame = sorted.frame(&many, face());
    assert_eq!(
        frame.too_many.as_deref(),
        Some("More than 1,000 things match, too many to sort: narrow the list down first.")
    );
    assert!(frame.columns.iter().all(|column| column.href.is_none()));
    let next = frame.pager.unwrap().next.unwrap();
    assert!(!next.contains("sort="), "{next}");
    // A place in the usual order is none in this one.
    let elsewhere = asked("status=on&sort=seen&after=00005&id=5").sorted_here();
    let first = read(&elsewhere, &things(30));
    assert_eq!((first.rows[0].1, first.too_many), (29, false));
    // A file that goes on goes on in the order in which it began, however many there are by then.
    let second = read(
        &sorted
            .clone()
            .whole()
            .at(read(&sorted.whole(), &all).next.unwrap()),
        &things(600),
    );
    assert_eq!((second.rows[0].1, second.rows.len()), (500, 100));
}

#[test]
fn a_search_comes_by_how_well_it_matches_until_a_head_is_chosen() {
    let heads = |query: &str| {
        let list = asked(query).sorted_here();
        let frame = list.frame(&Found::<Thing, u32>::nothing(), face());
        let head =
            |column: &crate::web::view::Column| (column.href.clone().unwrap(), column.sorted);
        frame.columns.iter().map(head).collect::<Vec<_>>()
    };
    let by_name = ("/x?q=a&sort=name".to_owned(), "");
    assert_eq!(
        heads("q=a"),
        [by_name, ("/x?q=a&sort=-seen".to_owned(), "")]
    );
    let falling = ("/x?q=a&sort=-name".to_owned(), "ascending");
    assert_eq!(
        heads("q=a&sort=name"),
        [falling, ("/x?q=a&sort=-seen".to_owned(), "")]
    );
    // Without a search the usual order is that of a head.
    assert_eq!(
        heads("status=on")[0],
        ("/x?status=on&sort=-name".to_owned(), "ascending")
    );
}

fn face() -> Face<'static> {
    Face {
        path: "/x",
        noun: "things",
        find: "Find a thing",
        columns: &[("Name", "name"), ("Seen", "seen")],
        csv: None,
        options: Vec::new(),
    }
}

proptest! {
    #[test]
    fn both_ways_meet_every_row_once_and_in_order(
        all in stretches(), per in 1_usize..6, falling: bool,
    ) {
        let mut first = Asked::front(&LIST, per);
        first.falling = falling;
        let mut expected: Vec<Thing> = Vec::new();
        for stretch in &all {
            let mut rows = stretch.clone();
            rows.sort();
            if falling {
                rows.reverse();
            }
            expected.extend(rows);
        }
        let mut pages = vec![page(&first, &all)];
        prop_assert!(pages[0].previous.is_none());
        while let Some(next) = pages.last().unwrap().next.clone() {
            pages.push(page(&first.clone().at(next), &all));
            prop_assert!(pages.last().unwrap().previous.is_some());
        }
        let forth: Vec<Thing> = pages.iter().flat_map(|page| page.rows.clone()).collect();
        prop_assert_eq!(&forth, &expected);
        // And back from the last page, each page the very one that was met on the way there.
        let mut here = pages.pop().unwrap();
        while let Some(previous) = here.previous.clone() {
            here = page(&first.clone().at(previous), &all);
            prop_assert_eq!(&here.rows, &pages.pop().unwrap().rows);
            prop_assert!(here.next.is_some());
        }
        prop_assert!(pages.is_empty());
    }

    #[test]
    fn what_no_index_sorts_is_sorted_here_and_both_ways_meet_every_row_once(
        keys in prop::collection::vec("[a-c]{1,2}", 0..90), falling: bool,
    ) {
        // What an index has is a name and an id; sorted by "seen", which is the name backwards.
        let all: Vec<Thing> = keys.into_iter().zip(0..).collect();
        let seen = |row: &Thing| (row.0.chars().rev().collect::<String>(), row.1);
        let stretches = [all.clone()];
        let read = |asked: &Asked<u32>| {
            asked.sorted(|asked| Ok(page(asked, &stretches)), seen).unwrap()
        };
        let sign = if falling { "-" } else { "" };
        let first = asked(&format!("q=x&sort={sign}seen")).sorted_here();
        let mut expected: Vec<(String, u32)> = all.iter().map(seen).collect();
        expected.sort();
        if falling {
            expected.reverse();
        }
        let mut pages = vec![read(&first)];
        prop_assert!(pages[0].previous.is_none());
        while let Some(next) = pages.last().unwrap().next.clone() {
            let href = first.clone().at(next).href("/x");
            pages.push(read(&asked(href.split_once('?').unwrap().1).sorted_here()));
        }
        let forth: Vec<_> = pages.iter().flat_map(|page| page.rows.iter().map(seen)).collect();
        prop_assert_eq!(&forth, &expected);
        prop_assert_eq!(pages.len(), expected.len().div_ceil(25).max(1));
        let mut here = pages.pop().unwrap();
        while let Some(previous) = here.previous.clone() {
            here = read(&first.clone().at(previous));
            prop_assert_eq!(&here.rows, &pages.pop().unwrap().rows);
        }
        prop_assert!(pages.is_empty());
        let file = read(&first.whole());
        let file: Vec<_> = file.rows.iter().map(seen).collect();
        prop_assert_eq!(file, expected);
    }

    #[test]
    fn no_query_is_too_strange_and_it_writes_itself_back(query in "\\PC{0,60}") {
        let strange = format!("q={query}&after={query}&id=7&sort={query}&per={query}&page={query}&status={query}");
        if let Ok(one) = Asked::<u32>::read(&Form::parse(strange.as_bytes()), &LIST) {
            let (_, written) = one.href("/x").split_once('?').map(|(path, query)| (path.to_owned(), query.to_owned())).unwrap_or_default();
            prop_assert_eq!(asked(&written).href("/x"), one.href("/x"));
        }
    }
}

#[test]
fn behind_the_last_page_and_at_a_place_that_makes_no_sense_is_the_first() {
    let all = vec![vec![("a".to_owned(), 1), ("b".to_owned(), 2)]];
    for query in [
        "after=z&id=9",
        "before=A&id=0",
        "after=a&id=nobody",
        "after=a%00&id=1",
        "after=a&id=1&part=7",
    ] {
        let found = page(&asked(query), &all);
        assert_eq!(found.rows, all[0], "{query}");
        assert_eq!((found.previous, found.next), (None, None), "{query}");
    }
}

#[test]
fn what_is_not_declared_is_not_asked() {
    let one = asked("status=away&place=a%20b&sort=password&per=1000&return=https://x.example");
    assert_eq!(one.href("/x"), "/x");
    let one = asked("status=on&place=org_1&sort=-name&per=50&return=/a&page=7&q=+a+");
    assert_eq!(
        one.href("/x"),
        "/x?q=a&status=on&place=org_1&sort=-name&per=50&return=%2Fa"
    );
    assert!(
        Asked::<u32>::read(&Form::parse(b"status=on&status=off"), &LIST).is_err(),
        "a filter that comes twice"
    );
}

#[test]
fn every_link_keeps_what_it_does_not_change() {
    let one = asked("q=smit&status=on&place=org_1&per=50&after=a&id=3&page=4");
    let all = vec![vec![("b".to_owned(), 5)]];
    let face = Face {
        path: "/x",
        noun: "things",
        find: "Find a thing",
        columns: &[("Name", "name"), ("Last seen", "seen"), ("Notes", "")],
        csv: Some("/x.csv"),
        options: Vec::new(),
    };
    let frame = one.frame(&page(&one, &all), face);
    let rest = "q=smit&status=on&place=org_1";
    let hrefs: Vec<_> = frame
        .columns
        .iter()
        .map(|column| column.href.clone())
        .collect();
    assert_eq!(
        hrefs,
        [
            Some(format!("/x?{rest}&sort=-name&per=50")),
            Some(format!("/x?{rest}&sort=-seen&per=50")),
            None
        ]
    );
    let sorted: Vec<_> = frame.columns.iter().map(|column| column.sorted).collect();
    assert_eq!(sorted, ["ascending", "", ""]);
    assert_eq!(
        frame.picked,
        [
            ("On".to_owned(), "/x?q=smit&place=org_1&per=50".to_owned()),
            ("org_1".to_owned(), "/x?q=smit&status=on&per=50".to_owned())
        ]
    );
    assert_eq!(frame.clear, "/x?q=smit&per=50");
    assert_eq!(frame.clear_search, "/x?status=on&place=org_1&per=50");
    assert_eq!(frame.csv, Some(format!("/x.csv?{rest}&per=50")));
    assert_eq!(frame.none, "No things match ‘smit’ and On and org_1");
    let pager = frame.pager.unwrap();
    assert_eq!(
        pager.previous,
        Some(format!("/x?{rest}&per=50&before=b&id=5&page=3"))
    );
    assert_eq!((frame.number, pager.next), (4, None));
    assert_eq!(
        frame.hidden,
        [("place", "org_1".to_owned()), ("per", "50".to_owned())]
    );
}
