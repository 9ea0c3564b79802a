// Opens databases where this script runs: in a worker of any kind, or in a frame.

import * as steadfast from "/steadfast/index.js";

const said = (promise) => promise.then(() => "works", ({ name, kind, remedy, message }) => `${name} ${kind} ${remedy}: ${message}`);

/** What each call says here. */
async function run(options) {
  const name = `here ${JSON.stringify(options)}`;
  const use = async () => {
    const db = await steadfast.open(name, options);
    await db.put("a", 1);
    await db.transact((tx) => tx.put("b", 2));
    await db.import(await db.export());
    await db.persist();
    const backup = await db.backup();
    await db.close();
    await (await steadfast.restore(`${name}, restored`, backup, options)).close();
  };
  return { use: await said(use()), rescue: await said(steadfast.rescue(`${name}, restored`, options)), destroy: await said(steadfast.destroy(name, options)) };
}

const answer = (port) => ({ data }) => { if (data.options) void run(data.options).then((found) => port.postMessage(found)); };
if ("SharedWorkerGlobalScope" in self) self.onconnect = ({ ports: [port] }) => { port.onmessage = answer(port); };
else if ("ServiceWorkerGlobalScope" in self) self.onmessage = (event) => event.waitUntil(run(event.data.options).then((found) => event.ports[0].postMessage(found)));
else if (self.parent) {
  const port = { postMessage: (found) => parent.postMessage(found, "*") };
  self.onmessage = answer(port);
  port.postMessage("ready");
} else self.onmessage = answer(self);
