/**
 * What a tab can ask of the writer, besides commits.
 */

import type { Connection } from "./connection.js";
import { type Engine, type WholeEngine, loadWhole } from "./engine.js";
import { SteadfastError, fault } from "./error.js";
import type { Host } from "./host.js";
import type { VerifyReport } from "./reports.js";

/** Answers one question. */
export async function answer(host: Host, connection: Connection, engine: Engine, method: string, parameters: unknown[]): Promise<unknown> {
  switch (method) {
    case "get": {
      const [key, view] = parameters as [Uint8Array, string?];
      return engine.get(key, heldFor(connection, view));
    }
    case "scan": {
      const [prefix, after, limit, length, view] = parameters as [Uint8Array, Uint8Array, number, number, string?];
      return engine.scan(prefix, after, limit, length, heldFor(connection, view));
    }
    case "hold": {
      const [view] = parameters as [string];
      if (!connection.held.has(view)) connection.held.set(view, engine.hold());
      return undefined;
    }
    case "release": {
      const [view] = parameters as [string];
      const held = connection.held.get(view);
      if (held !== undefined) engine.release(held);
      connection.held.delete(view);
      return undefined;
    }
    case "transact": {
      const [seq, view, reads, batch] = parameters as [number, string, Uint8Array, Uint8Array];
      if (seq <= connection.lastTransaction) return true;
      if (connection.transaction?.seq !== seq) {
        const running = { seq, length: batch.length, committed: Promise.resolve().then(() => transact(host, connection, seq, view, reads, batch)) };
        connection.transaction = running;
        const end = (): number => (running.length = 0);
        running.committed.then(end, end);
      }
      return connection.transaction.committed;
    }
    case "subscribe": {
      host.subscribe(connection, parameters[0] === true);
      return engine.commits();
    }
    case "status": return { ...(engine.status() as object), ...(await surroundings(host)) };
    case "snapshot": {
      const writer = await host.writable();
      return host.track(() => writer.snapshot(false));
    }
    case "verify": return verify(host, engine);
  }
  throw fault("Other", "change-the-call", `the writer, in another tab, knows no \`${method}\`: it runs another version of the package`);
}

async function transact(host: Host, connection: Connection, seq: number, view: string, reads: Uint8Array, batch: Uint8Array): Promise<boolean> {
  const writer = await host.writable(batch);
  // A recovery may have learned of it meanwhile.
  if (seq <= connection.lastTransaction) return true;
  const refused = host.memory.refusal(writer, batch);
  if (refused) throw new SteadfastError(refused);
  const held = connection.held.get(view);
  if (held === undefined) return false;
  return lastOf(host, connection, writer, seq, batch.length, () => writer.transact(held, reads, batch) as Promise<boolean>);
}

/** A check of everything. Where the engine cannot do it, the whole one looks from outside. */
async function verify(host: Host, engine: Engine): Promise<unknown> {
  const { storage, name } = host.place;
  const whole = await loadWhole(host.place);
  const report = await (storage === "indexeddb" ? whole.verifyAt(storage, name) : host.track(() => (engine as WholeEngine).verify())) as VerifyReport;
  // What is cleared while it is checked is no damage.
  const [damage] = report.damage;
  if (damage && await host.endIfOver(damage)) throw new SteadfastError(damage);
  return report;
}

/** A transaction of the tab: whether it committed. */
async function lastOf(host: Host, connection: Connection, engine: Engine, seq: number, length: number, start: () => Promise<boolean>): Promise<boolean> {
  let committed: boolean;
  try {
    committed = await host.track(start);
  } catch (thrown) {
    const { remedy, kind } = thrown as { remedy?: string; kind?: string };
    // Refused for what it is, or for damage in the archive: the engine is none the worse.
    if (remedy === "change-the-call" || kind === "Corrupt" || kind === "Missing") throw thrown;
    host.fail(engine, thrown);
    // Whether it happened is in the record. If not, its view is gone with the engine, and it begins
    // anew.
    return host.wasCommitted(connection, seq);
  }
  if (committed) {
    connection.lastTransaction = Math.max(connection.lastTransaction, seq);
    host.committed(engine, length);
  }
  return committed;
}

function heldFor(connection: Connection, view: string | undefined): number | undefined {
  if (view === undefined) return undefined;
  const held = connection.held.get(view);
  if (held === undefined) throw fault("Conflict", "retry", "the transaction's view of the database is gone");
  return held;
}

/** What the browser says of the room there is. */
async function surroundings(host: Host): Promise<object> {
  const storage = globalThis.navigator?.storage as StorageManager | undefined;
  const [estimate, persisted] = await Promise.all([
    storage?.estimate?.().catch(() => undefined),
    storage?.persisted?.().catch(() => undefined),
  ]);
  return {
    name: host.place.name,
    failure: host.failure,
    storage: host.place.storage,
    tabs: host.tabs,
    quota: estimate?.quota === undefined ? null : { used: estimate.usage ?? 0, available: estimate.quota },
    persisted: persisted ?? false,
    memory: host.memory.state,
  };
}
