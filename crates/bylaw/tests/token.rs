//! `bylaw token` beside a running service.
#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

mod outside;
mod support;

use std::fs;

use outside::{
    Server, Setup,
    client::{Client, question},
    until,
};
use serde_json::json;
use support::folder;

fn status(server: &Server, token: &str) -> u16 {
    let facts = json!({ "actor_kind": "library_staff", "signed": false });
    let mut client = Client::new(server.address, token).expect("a connection");
    client.post("/access/v1/evaluation", &question(&facts, "a", "b")).expect("a reply").status
}

#[test]
fn tokens_are_rotated_while_the_service_runs() {
    let setup = Setup::new(&folder("token-rotated"));
    let server = setup.start();
    let (old, new) = (setup.token(), setup.token());
    assert!(old.starts_with("bylaw_") && old != new);
    assert_eq!((status(&server, &old), status(&server, &new)), (200, 200));
    assert_eq!((status(&server, ""), status(&server, "bylaw_wrong")), (401, 401));

    let revoked = setup.run(&["token", "revoke", "1"]);
    assert_eq!((revoked.code, revoked.out.as_str()), (Some(0), "revoked 1  desk\n"));
    until("the old token is refused", || status(&server, &old) == 401);
    assert_eq!(status(&server, &new), 200);
    assert_eq!(setup.run(&["token", "revoke", "1"]).code, Some(1), "it is revoked already");
    assert_eq!(setup.run(&["token", "revoke", "desk"]).code, Some(0));
    until("every token of the name is refused", || status(&server, &new) == 401);

    let listed = setup.run(&["token", "list", "--json"]);
    assert!(!listed.out.contains(&old) && !listed.out.contains(&new));
    let good: Vec<_> =
        listed.json().as_array().expect("a list").iter().map(|one| one["good"].clone()).collect();
    assert_eq!(good, [json!(false), json!(false)]);
}

#[test]
fn a_token_ends_with_its_last_day() {
    let setup = Setup::new(&folder("token-expires"));
    let server = setup.start();
    let create = |last: &str| {
        let words =
            ["token", "create", "--name", "guest", "--jurisdiction", "town", "--expires", last];
        setup.run(&words)
    };
    assert_eq!(status(&server, create("2999-12-31").out.trim()), 200);
    let over = create("2020-01-01");
    assert_eq!(over.code, Some(1), "{}", over.out);
    assert!(over.err.contains("2020-01-01 is past"), "{}", over.err);
}

#[test]
fn what_a_token_is_made_for_is_checked() {
    let home = folder("token-checked");
    let setup = Setup::new(&home);
    let create = ["token", "create", "--name", "door", "--jurisdiction"];
    let nowhere = setup.run(&[&create[..], &["tovn"]].concat());
    assert_eq!(nowhere.code, Some(2), "{}", nowhere.err);
    let mapping = home.join("door.toml");
    fs::write(
        &mapping,
        "silent = \"perhaps\"\n[actions]\nknock = \"entr\"\n[facts]\nsignd = true\n",
    )
    .expect("it is written");
    let mapping = mapping.to_str().expect("the path is UTF-8");
    let wrong = setup.run(&[&create[..], &["town", "--mapping", mapping]].concat());
    assert_eq!(wrong.code, Some(1));
    insta::assert_snapshot!("token-mapping", wrong.transcript());
    let unnamed = setup.run(&["token", "create", "--name", "", "--jurisdiction", "town"]);
    assert_eq!(unnamed.code, Some(2), "{}", unnamed.out);
    assert!(!setup.data.exists(), "nothing was made");
}

#[test]
fn the_routes_of_the_guide_fit_the_law() {
    let home = folder("token-guide");
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/envoy.md");
    let guide = fs::read_to_string(guide).expect("the guide is there");
    let blocks = guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let routes = blocks.filter(|block| block.contains("[[routes]]")).collect::<Vec<_>>();
    assert_eq!(routes.len(), 1);
    let mapping = home.join("guide.toml");
    fs::write(&mapping, routes.concat()).expect("it is written");
    let setup = Setup { arguments: Vec::new(), ..Setup::new(&home) };
    let path = mapping.to_str().expect("the path is UTF-8");
    let create = ["token", "create", "--name", "gateway", "--jurisdiction", "us/ca/los-angeles"];
    let created = setup.run(&[&create[..], &["--mapping", path]].concat());
    assert_eq!(created.code, Some(0), "{}", created.err);
}
