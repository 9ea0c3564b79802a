//! What is in a directory that nobody has put anything into.

/// What systems put into the top of a volume, or beside any files that somebody has looked at.
const NAMES: [&str; 16] = [
    // Unix.
    "lost+found",
    ".snapshot",
    ".snapshots",
    ".zfs",
    // macOS.
    ".DS_Store",
    ".DocumentRevisions-V100",
    ".Spotlight-V100",
    ".TemporaryItems",
    ".Trashes",
    ".fseventsd",
    ".VolumeIcon.icns",
    ".apdisk",
    // Windows, which does not tell `DESKTOP.INI` from `desktop.ini`. Those that are keys are known
    // to the core too.
    "$recycle.bin",
    "desktop.ini",
    "system volume information",
    "thumbs.db",
];

/// Beginnings of names: our own traces, the bins of desktops, what network file systems keep of
/// files that are still open.
const BEGINNINGS: [&str; 3] = [".steadfast.", ".Trash-", ".nfs"];

/// Whether a directory with nothing but such names in it is as good as empty.
pub(super) fn is_bystander(name: &str) -> bool {
    let lowered = name.to_ascii_lowercase();
    NAMES
        .iter()
        .any(|known| *known == name || *known == lowered)
        || BEGINNINGS
            .iter()
            .any(|beginning| name.starts_with(beginning))
}
