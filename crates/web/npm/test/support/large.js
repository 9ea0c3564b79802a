// The contents of a large backup: values that differ from each other and can be checked by their
// number.

const key = (number) => `record/${String(number).padStart(8, "0")}`;

/** Bytes that no browser can compress. */
function bytesOf(number, length) {
  const words = new Uint32Array(length / 4);
  let state = number + 1;
  for (let at = 0; at < words.length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer);
}

const valueOf = (number, length) => (length === 0 ? { number, text: `record ${number}` } : bytesOf(number, length));

/** Puts so many records of this length. */
export async function fill(db, count, length) {
  const most = length === 0 ? 5000 : Math.max(1, Math.floor(4e6 / length));
  for (let number = 0; number < count; number += most) {
    const changes = Array.from({ length: Math.min(most, count - number) }, (_, index) => ({ key: key(number + index), value: valueOf(number + index, length) }));
    await db.batch(changes);
  }
}

/** How many records there are, and the keys of those that are wrong. */
export async function look(db, length) {
  let found = 0;
  const wrong = [];
  const others = [];
  for await (const [name, value] of db.entries()) {
    if (!name.startsWith("record/")) {
      others.push(name);
      continue;
    }
    const expected = valueOf(found, length);
    const same = length === 0 ? JSON.stringify(value) === JSON.stringify(expected) : value.length === expected.length && indexedDB.cmp(value, expected) === 0;
    if (name !== key(found) || !same) wrong.push(name);
    found += 1;
  }
  return { found, wrong: wrong.slice(0, 5), others };
}
