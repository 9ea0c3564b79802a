// Compiled, never run: what compiles with `put`, and what does not.

import { type Change, type ChangeEvent, type Database, type Storable, type Transaction, type Value, open } from "steadfast";

interface Note { title: string; done: boolean; edited?: Date; tags: readonly string[]; parent: Note | null }
interface Tree { name: string; children: Tree[] }
type Id = string & { readonly __brand: "id" };
enum Colour { Red, Blue }
declare const note: Note, tree: Tree, id: Id, tags: readonly string[], any: any, unknown: unknown, value: Value, record: Record<string, unknown>, optional: string | undefined;

const db = await open("notes");

await db.put("a", note);
await db.put("a", { note, tree, id, colour: Colour.Red, tags });
await db.put("a", [note, tree]);
await db.put("a", tags);
await db.put("a", { theme: "dark", tabs: [1, 2], nested: { when: new Date() } } as const);
await db.put("a", new Map([[note, tree]]));
await db.put("a", new Set([1n]));
await db.put("a", new Uint8Array([1]));
await db.put("a", new Float32Array(1));
await db.put("a", new ArrayBuffer(1));
await db.put("a", { bytes: new Uint8Array(1), view: new DataView(new ArrayBuffer(1)), undefined: undefined });
await db.put("a", any);
await db.put("a", unknown);
await db.put("a", value);
await db.put("a", record);
await db.put("a", null);
await db.put("a", 1);
await db.put("a", "text");
await db.put<Note>("a", { title: "a", done: false, tags: [], parent: null });
if (optional !== undefined) await db.put("a", optional);

const got: Note | undefined = await db.get<Note>("a");
const plain: Value | undefined = await db.get("a");
for (const [key, { title }] of await db.scan<Note>("note/")) console.log(key.length, title.length);
await db.transact(async (tx) => {
  const read: Note | undefined = await tx.get<Note>("a");
  if (read) tx.put("b", read);
  tx.put("c", tags);
  // @ts-expect-error a function
  tx.put("d", { run: () => 1 });
  return (await tx.scan<Note>("note/")).length;
});
await db.batch([{ key: "a", value: note }, { key: "b", value: tags }, { key: "c", value: 1 }, { key: "d", delete: true }]);
const changes: Change[] = [{ key: "a", value: 1 }, { key: "b", delete: true }];
await db.batch(changes);
db.subscribe(({ changes }) => {
  for (const { key, value } of changes) console.log(key, value);
  for (const change of changes) if (change.delete) console.log(change.key); else console.log(change.value);
  void db.batch(changes);
});

const mixed: Change[] = [{ key: "a", value: note }];
mixed.push({ key: "b", delete: true }, { key: "c", value: tree });
// @ts-expect-error a change without a value
mixed.push({ key: "d" });
await db.batch(mixed);
const ofNotes: Change<Note>[] = [{ key: "a", value: note }, { key: "b", delete: true }];
await db.batch(ofNotes);
// @ts-expect-error functions, in a list of its own type
await db.batch([] as Change<() => void>[]);

db.subscribe<Note>(({ changes }) => {
  for (const { value } of changes) console.log(value?.title.length);
  void db.batch(changes);
});
db.subscribe((event: ChangeEvent<Note>) => console.log(event.changes[0]?.value?.title.length));
const onNotes = ({ changes }: { changes: Change<Note>[] }): void => console.log(changes.length);
db.subscribe(onNotes, "note/");
const onAny = (event: ChangeEvent): Value | undefined => event.changes[0]?.value;
db.subscribe(onAny);

const save = (name: string, value: Value): Promise<void> => db.put(name, value);
await save("a", { a: [1] });

// A wrapper is as strict as `put` with `T & Storable<T>`, and `T` said to `put`.
function saveAny<T>(db: Database, key: string, value: T & Storable<T>): Promise<void> {
  return db.put<T>(key, value);
}
function saveIn<T>(tx: Transaction, key: string, value: T & Storable<T>): void {
  tx.put<T>(key, value);
}
function saveAll<T>(db: Database, values: (T & Storable<T>)[]): Promise<void> {
  return db.batch<Change>(values.map((value, at) => ({ key: `${at}`, value })));
}
class Table<T> {
  constructor(readonly db: Database) {}
  put(key: string, value: T & Storable<T>): Promise<void> { return this.db.put<T>(key, value); }
  get(key: string): Promise<T | undefined> { return this.db.get<T>(key); }
}
await saveAny(db, "a", note);
await saveAny(db, "a", { when: new Date(), tags });
await saveAll(db, [note]);
await db.transact((tx) => saveIn(tx, "a", note));
await new Table<Note>(db).put("a", note);
// @ts-expect-error a function
await saveAny(db, "a", { run: () => 1 });
// @ts-expect-error undefined is no value
await saveAny(db, "a", undefined);
// @ts-expect-error another type than the table's
await new Table<Note>(db).put("a", { title: 1 });
// Or it is not checked until it runs.
function saveUnchecked<T>(key: string, value: T): Promise<void> {
  return db.put<unknown>(key, value);
}
await saveUnchecked("a", note);

// @ts-expect-error undefined is no value
await db.put("a", undefined);
// @ts-expect-error nor what may be undefined
await db.put("a", optional);
// @ts-expect-error a function
await db.put("a", () => 1);
// @ts-expect-error a member that is a function
await db.put("a", { run(): number { return 1; } });
// @ts-expect-error a symbol
await db.put("a", Symbol("a"));
// @ts-expect-error a symbol, deep
await db.put("a", { a: [{ b: Symbol("a") }] });
// @ts-expect-error a class instance with methods
await db.put("a", new URL("https://example.org"));
// @ts-expect-error a regular expression
await db.put("a", { pattern: /a/ });
// @ts-expect-error a Blob
await db.put("a", new Blob([]));
// @ts-expect-error a change without a value
await db.batch([{ key: "a" }]);
// @ts-expect-error a change with a misspelt value
await db.batch([{ key: "a", vlaue: 1 }]);
// @ts-expect-error a change with both
await db.batch([{ key: "a", value: 1, delete: true }]);
// @ts-expect-error a function in a change
await db.batch([{ key: "a", value: { run: () => 1 } }]);
void [got, plain];
