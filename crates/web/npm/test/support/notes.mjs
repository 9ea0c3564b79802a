// What tests of the page do to its notes from outside.

/** Another program stores these pairs in the page's database. */
export function store(page, pairs, name = "notes") {
  return page.evaluate(async ([pairs, name]) => {
    const { open } = await import("/steadfast/index.js");
    const db = await open(name);
    await db.batch(pairs.map(([key, value]) => ({ key, value })));
    await db.close();
  }, [pairs, name]);
}

/** What is stored, read by another program. */
export function stored(page) {
  return page.evaluate(async () => {
    const { open } = await import("/steadfast/index.js");
    const db = await open("notes");
    const pairs = await db.scan();
    await db.close();
    return pairs;
  });
}

/** A backup of a database in memory that has these pairs. */
export async function backupOf(page, pairs) {
  const bytes = await page.evaluate(async (pairs) => {
    const { open } = await import("/steadfast/index.js");
    const db = await open("another", { storage: "memory" });
    if (pairs.length > 0) await db.batch(pairs.map(([key, value]) => ({ key, value })));
    const file = await db.backup();
    await db.close();
    return [...new Uint8Array(await file.arrayBuffer())];
  }, pairs);
  return Buffer.from(bytes);
}

/** Damages what the page has stored so that it cannot open again. */
export function ruin(page) {
  return page.evaluate(async () => {
    const done = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
    const raw = await done(indexedDB.open("steadfast:notes"));
    const heads = raw.transaction("heads", "readwrite", { durability: "strict" }).objectStore("heads");
    for (const name of await done(heads.getAllKeys())) if (name.startsWith("wal/")) heads.delete(name);
    await new Promise((resolve) => { heads.transaction.oncomplete = resolve; });
    raw.close();
  });
}

export const tar = (name, buffer) => ({ name, mimeType: "application/x-tar", buffer });
