// Compiled, never run: a database that is closed at the end of its block.

import { open } from "steadfast";

export async function count(): Promise<number> {
  await using db = await open("notes");
  return (await db.scan()).length;
}
