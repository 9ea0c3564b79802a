/// What must hold for a save to be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing: the old value, if any, is replaced.
    None,
    /// The key must not exist. This is decided in the same atomic step that publishes.
    Absent,
}
