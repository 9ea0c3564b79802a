//! A game's save slots: `cargo run -p steadfast-examples --example save_slots [DIRECTORY]`.
//!
//! The game keeps its state in memory as a type of its own. Every move is committed in well under a
//! millisecond and survives a crash. A slot is a checked snapshot of the whole game under a name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use steadfast::blocking::{self, Options, Store};
use steadfast::{FileBackend, PersistenceError, Postcard, Schema, State};

/// The state: what the player has done so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Game {
    room: u32,
    moves: u64,
    bag: BTreeMap<String, u32>,
}

/// What changes it. Moves are deterministic: dice are rolled before the move is made, and the move
/// holds the result.
#[derive(Debug, Serialize, Deserialize)]
enum Move {
    Go { room: u32 },
    Find { item: String, count: u32 },
    Load(Game),
}

impl Schema for Game {
    const NAME: &'static str = "example.game";
    type Codec = Postcard;
}

impl State for Game {
    type Operation = Move;
    type OperationCodec = Postcard;

    fn apply(&mut self, operation: Move) {
        match operation {
            Move::Go { room } => self.room = room,
            Move::Find { item, count } => *self.bag.entry(item).or_default() += count,
            Move::Load(game) => *self = game,
        }
        self.moves += 1;
    }
}

fn main() -> Result<(), PersistenceError> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("game"), PathBuf::from);
    // The running game, and the slots beside it.
    let game: Store<Game> = Store::open_on(
        FileBackend::open(folder.join("running"))?,
        Options::default(),
    )?;
    let slots = FileBackend::open(folder.join("slots"))?;

    let room = game.read(|game| game.room)? + 1;
    game.commit(Move::Go { room })?;
    game.commit(Move::Find {
        item: "coin".into(),
        count: 3,
    })?;

    let now = game.read(Game::clone)?;
    blocking::save_snapshot(&slots, "slot-1", &now)?;
    println!(
        "room {}, {:?}, after {} moves; saved in slot 1",
        now.room, now.bag, now.moves
    );

    // Loading a slot is a move like any other, so that it survives a crash too.
    game.commit(Move::Go { room: 99 })?;
    if let Some(saved) = blocking::load_snapshot::<_, Game>(&slots, "slot-1")? {
        game.commit(Move::Load(saved))?;
    }
    println!(
        "loaded slot 1: back in room {}",
        game.read(|game| game.room)?
    );
    game.close()
}
