//! The words of `--help`, held fast: a change of them is a change that users see.

use crate::common::Room;

const COMMANDS: [&str; 15] = [
    "put", "get", "delete", "scan", "import", "export", "save", "snapshot", "status", "verify",
    "inspect", "backup", "restore", "demo", "torture",
];

#[test]
fn of_every_command() {
    let room = Room::new();
    let all = room.ok(&["--help"]);
    insta::assert_snapshot!("steadfast", all);
    for command in COMMANDS {
        let help = room.ok(&[command, "--help"]);
        assert!(help.contains("Example"), "{command} has no example");
        assert_eq!(help, room.ok(&[command, "-h"]));
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
        insta::assert_snapshot!(command, help);
    }
}

/// What a command has no use for is not in its help, and whoever uses it is told all the same.
#[test]
fn a_command_without_a_store_offers_none() {
    let room = Room::new();
    for command in ["save", "torture"] {
        let help = room.ok(&[command, "--help"]);
        assert!(
            !help.contains("--store") && !help.contains("--wait"),
            "{help}"
        );
    }
    for arguments in [
        ["--store", "data", "save", "file"],
        ["save", "--store", "data", "file"],
        ["save", "file", "--store", "data"],
    ] {
        let sentence = room.run(&arguments).error(2);
        assert!(sentence.contains("leave out --store"), "{sentence}");
    }
    let said = room.run(&["save", "file", "--wait", "soon"]).stderr;
    assert!(said.contains("invalid value 'soon'"), "{said}");
}

#[test]
fn wrong_usage_has_the_exit_code_2() {
    let room = Room::new();
    for arguments in [
        &[][..],
        &["nonsense"],
        &["get"],
        &["put", "a"],
        &["import", "-", "--batch", "0"],
        &["restore", "x", "--at", "y"],
    ] {
        let run = room.run(arguments);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert_eq!(run.stdout, "");
    }
    let said = room.run(&["restore", "x", "--at", "y"]).stderr;
    assert!(said.contains("a commit has a whole number"), "{said}");
    assert!(room.ok(&["--version"]).starts_with("steadfast "));
}
