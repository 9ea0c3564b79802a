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
