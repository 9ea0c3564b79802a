//! A mistyped place is an error, and nothing is made, changed or removed there.

use std::fs;

use crate::common::{Room, Run};

const LOOKING: [&[&str]; 9] = [
    &["get", "a"],
    &["scan"],
    &["export"],
    &["status"],
    &["verify"],
    &["inspect"],
    &["backup", "copy"],
    &["snapshot"],
    &["delete", "a"],
];

#[test]
fn where_there_is_nothing() {
    let room = Room::new();
    for command in LOOKING {
        let sentence = room.run(command).error(4);
        assert_eq!(
            sentence,
            "there is no store at ./data.steadfast: `steadfast put KEY VALUE` creates one, `--store` names another place"
        );
    }
    assert!(room.contents("").is_empty());
    assert_eq!(fs::read_dir(room.path()).unwrap().count(), 0);
}

#[test]
fn where_there_is_an_empty_directory() {
    let room = Room::new();
    fs::create_dir(room.at("data.steadfast")).unwrap();
    for command in LOOKING {
        let sentence = room.run(command).error(4);
        assert!(sentence.starts_with("there is no store at"), "{sentence}");
    }
    assert!(room.contents("").is_empty());
}

#[test]
fn where_there_is_something_else() {
    let room = Room::new();
    fs::create_dir(room.at("documents")).unwrap();
    room.write("documents/novel.txt", "It was a dark and stormy night.");
    room.write("file", "x");
    let before = room.contents("");
    let writing: [&[&str]; 3] = [
        &["put", "a", "b"],
        &["import", "-"],
        &["restore", "documents"],
    ];
    for (place, found) in [
        ("documents", "`novel.txt`"),
        ("file", "a file, not a directory"),
    ] {
        for command in LOOKING.iter().chain(&writing) {
            let arguments = [&["--store", place], *command].concat();
            let sentence = room.run(&arguments).error(4);
            let is_source = command[0] == "restore";
            let (place, found) = if is_source {
                ("documents", "`novel.txt`")
            } else {
                (place, found)
            };
            let may_be_new = if matches!(command[0], "put" | "import") {
                ", or a new or empty one"
            } else {
                ""
            };
            assert_eq!(
                sentence,
                format!(
                    "{place} is not a steadfast store: there is {found}; name the right place{may_be_new}"
                )
            );
        }
    }
    assert!(room.contents("") == before);
}

#[test]
fn places_are_paths_and_urls() {
    let room = Room::new();
    room.ok(&["--store", "file:here", "put", "a", "1"]);
    assert_eq!(room.ok(&["--store", "here", "get", "a"]), "1");
    let absolute = format!("file://{}", room.at("here").display());
    assert_eq!(room.ok(&["get", "a", "--store", &absolute]), "1");
    let localhost = format!("file://localhost{}", room.at("here").display());
    assert_eq!(room.ok(&["get", "a", "--store", &localhost]), "1");
    room.ok(&["--store", "with space", "put", "a", "3"]);
    assert_eq!(room.ok(&["--store", "file:with%20space", "get", "a"]), "3");
    // What is no URL is taken as it is.
    room.ok(&["--store", "50%25", "put", "a", "4"]);
    assert_eq!(room.ok(&["--store", "file:50%2525", "get", "a"]), "4");
    for below_home in ["~/mine", "file:~/mine", "~//mine", "file:~///mine"] {
        let mut command = room.command(&["--store", below_home, "put", "a", "5"]);
        Run::of(command.env("HOME", room.path())).ok();
        assert_eq!(room.ok(&["--store", "mine", "get", "a"]), "5");
    }
    assert!(!room.at("~").exists());
    room.ok(&["--store", "./with:colon", "put", "a", "2"]);
    assert_eq!(room.ok(&["--store", "./with:colon", "get", "a"]), "2");
    let by_variable = room
        .command(&["get", "a"])
        .env("STEADFAST_STORE", "here")
        .output()
        .unwrap();
    assert_eq!(by_variable.stdout, b"1");
    for (url, reason) in [
        (
            "s3://bucket",
            "`s3:` is no kind of store that this program has",
        ),
        ("memory:x", "`memory:` has no path"),
        ("file://server/data", "is another machine"),
        ("file:a%2", "two hexadecimal digits"),
        ("file:a%zz", "two hexadecimal digits"),
        ("~somebody/data", "is not expanded here"),
        ("file:", "`file:` needs a path"),
        ("", "an empty name is no place for a store"),
    ] {
        let run = room.run(&["--store", url, "put", "a", "b"]);
        assert_eq!(run.code, Some(2));
        assert!(run.stderr.contains(reason), "{}", run.stderr);
    }
    let sentence = room.run(&["--store", "memory:", "get", "a"]).error(2);
    assert!(sentence.starts_with("there is never anything in `memory:`"));
}

#[test]
fn what_a_system_puts_into_a_volume_is_nothing() {
    let room = Room::new();
    for bystander in [
        "lost+found",
        "System Volume Information",
        "$RECYCLE.BIN",
        ".Trash-1000",
        ".Spotlight-V100",
        ".fseventsd",
    ] {
        fs::create_dir_all(room.at("volume").join(bystander)).unwrap();
    }
    room.write("volume/desktop.ini", "");
    let sentence = room.run(&["--store", "volume", "get", "a"]).error(4);
    assert!(sentence.starts_with("there is no store at"), "{sentence}");
    room.ok(&["--store", "volume", "put", "a", "1"]);
    assert_eq!(room.ok(&["--store", "volume", "get", "a"]), "1");
}

#[test]
fn a_folder_called_manifest_makes_no_store() {
    let room = Room::new();
    fs::create_dir_all(room.at("ship/manifest")).unwrap();
    room.write("ship/manifest/crew.txt", "Ahab");
    let before = room.contents("");
    for command in [&["put", "a", "b"][..], &["get", "a"], &["status"]] {
        let sentence = room.run(&[&["--store", "ship"], command].concat()).error(4);
        assert!(sentence.contains("is not a steadfast store"), "{sentence}");
    }
    assert!(room.contents("") == before);
}

#[cfg(unix)]
#[test]
fn a_place_without_a_manifest_is_not_searched() {
    use std::os::unix::fs::PermissionsExt as _;
    let room = Room::new();
    fs::create_dir_all(room.at("top/deep")).unwrap();
    // Whoever walks it meets a folder that nobody may read, or one without end.
    fs::set_permissions(room.at("top/deep"), fs::Permissions::from_mode(0o0)).unwrap();
    let started = std::time::Instant::now();
    for place in ["top", "/"] {
        for command in LOOKING {
            let sentence = room.run(&[&["--store", place], command].concat()).error(4);
            assert!(
                sentence.starts_with(&format!("{place} is not a steadfast store: there is `")),
                "{sentence}"
            );
        }
    }
    println!("took {:?}", started.elapsed());
    fs::set_permissions(room.at("top/deep"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_named() {
    let room = Room::new();
    std::os::unix::fs::symlink("nowhere", room.at("link")).unwrap();
    std::os::unix::fs::symlink("circle", room.at("circle")).unwrap();
    for command in [&["put", "a", "b"][..], &["get", "a"]] {
        let sentence = room.run(&[&["--store", "link"], command].concat()).error(4);
        assert!(
            sentence.contains("a symbolic link that leads nowhere"),
            "{sentence}"
        );
        let sentence = room
            .run(&[&["--store", "circle"], command].concat())
            .error(4);
        assert!(sentence.contains("links lead in a circle"), "{sentence}");
    }
    assert!(!room.at("nowhere").exists());
}

#[test]
fn a_place_that_is_taken_is_no_destination() {
    let room = Room::new();
    room.ok(&["put", "a", "1"]);
    room.ok(&["--store", "other", "put", "a", "2"]);
    let sentence = room.run(&["backup", "other"]).error(4);
    assert_eq!(
        sentence,
        "there is a store at other already: choose a new or empty place"
    );
    room.run(&["restore", "other"]).error(4);
    assert_eq!(room.ok(&["get", "a"]), "1");
    assert_eq!(room.ok(&["--store", "other", "get", "a"]), "2");
}

#[test]
fn what_is_to_be_copied_from_is_said_not_to_be_there() {
    let room = Room::new();
    let expected = "there is no store at nope: name the place of a backup or of a store";
    assert_eq!(room.run(&["restore", "nope"]).error(4), expected);
    assert_eq!(
        room.run(&["restore", "nope", "--at", "1"]).error(4),
        expected
    );
}

#[test]
fn a_copy_inside_of_the_store_is_refused() {
    let room = Room::new();
    room.ok(&["put", "a", "1"]);
    fs::create_dir(room.at("other")).unwrap();
    std::os::unix::fs::symlink("../data.steadfast", room.at("other/link")).unwrap();
    let before = room.contents("data.steadfast");
    for inside in [
        "data.steadfast/copy",
        "data.steadfast/wal/x/y",
        "other/link/copy",
    ] {
        for command in [
            &["backup", inside][..],
            &["--store", inside, "restore", "data.steadfast"],
        ] {
            let sentence = room.run(command).error(2);
            assert!(sentence.contains("is inside of the store"), "{sentence}");
        }
    }
    assert!(room.contents("data.steadfast") == before);
    room.ok(&["backup", "data.steadfast-copy"]);
    room.ok(&["backup", "data.steadfast/../beside"]);
}
